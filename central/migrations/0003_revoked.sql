-- Revocations since a time are queried across all buckets. The new index is made first, so that no
-- reader is left without one.
CREATE INDEX code_revoked_at ON code (revoked_at) WHERE revoked_at IS NOT NULL;
DROP INDEX code_revoked;
