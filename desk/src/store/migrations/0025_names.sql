-- The words of the field: an idempotency key, a sequence, a batch transferred offline, a batch of receipts.
ALTER TABLE operation RENAME COLUMN press TO idempotency_key;
ALTER TABLE counter RENAME TO sequence;
ALTER TABLE carried RENAME TO transferred_batch;
ALTER TABLE receipt_roll RENAME TO receipt_batch;
ALTER TABLE receipt RENAME COLUMN roll TO batch;
