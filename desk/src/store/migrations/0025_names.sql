-- The words of the field: an idempotency key, a sequence, a batch transferred offline.
ALTER TABLE operation RENAME COLUMN press TO idempotency_key;
ALTER TABLE counter RENAME TO sequence;
ALTER TABLE carried RENAME TO transferred_batch;
