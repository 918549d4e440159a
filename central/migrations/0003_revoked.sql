-- What was revoked since a moment is asked of all buckets at once.
DROP INDEX code_revoked;
CREATE INDEX code_revoked ON code (revoked_at) WHERE revoked_at IS NOT NULL;
