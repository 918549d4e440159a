-- Carried batches by their length, so that a longer one stays, and those the centre refused: they are passed over, and shown.
ALTER TABLE carried ADD COLUMN last_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE carried ADD COLUMN refused TEXT;
UPDATE carried SET last_seq = first_seq + json_array_length(request, '$.batch.ops') - 1;

-- The centre's word on a code on which an operation of this desk still waits: it counts once that is settled.
CREATE TABLE code_word (
    serial      TEXT PRIMARY KEY,
    citizen_ref TEXT NOT NULL,
    code        TEXT NOT NULL
) STRICT, WITHOUT ROWID;
