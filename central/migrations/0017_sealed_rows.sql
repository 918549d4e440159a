-- H4: an HMAC over the columns by which somebody gets a key, under a key that is not in the
-- database. A row without it, or with another, was not written by the centre, and counts as none.
ALTER TABLE staff ADD COLUMN seal bytea;
ALTER TABLE invitation ADD COLUMN seal bytea;
ALTER TABLE channel_client ADD COLUMN seal bytea;

-- What a client is stands in its certificate, which the centre signed.
ALTER TABLE channel_client DROP COLUMN public_key, DROP COLUMN not_after;
