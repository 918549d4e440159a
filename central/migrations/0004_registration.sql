-- References for test registrations (M7), of the day they were asked for. They are looked up by
-- themselves only, so they stay on the coordinator.
CREATE TABLE registration (
    reference text PRIMARY KEY,
    bucket smallint NOT NULL,
    serial bytea NOT NULL,
    masked_name text NOT NULL,
    masked_number text NOT NULL,
    expires_at bigint NOT NULL,
    redeemed_at bigint,
    place text,
    nonce uuid
);
CREATE INDEX registration_end ON registration (expires_at);
