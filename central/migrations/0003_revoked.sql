-- What was revoked since a moment is asked of all buckets at once. The new index first: nobody who reads waits while it is made.
CREATE INDEX code_revoked_at ON code (revoked_at) WHERE revoked_at IS NOT NULL;
DROP INDEX code_revoked;
