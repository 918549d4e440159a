-- A refused issue could store an unreadable last day. Its code is voided, so any readable
-- day will do.
UPDATE code SET valid_through = 10101 WHERE valid_through < 10101;

-- Settings last announced to desks, so that a change is noticed: 'policy'.
CREATE TABLE setting (
    name text PRIMARY KEY,
    value text NOT NULL
);

-- Operations of earlier enrolments by operation id. A desk that enrols again resends whatever it
-- has no receipt for, and the centre may have it already. Filled when the first operation of a
-- later enrolment is decided, so that ingest costs nothing more.
CREATE TABLE earlier_op (
    device integer NOT NULL,
    op_id uuid NOT NULL,
    epoch integer NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (device, op_id)
);
INSERT INTO earlier_op (device, op_id, epoch, seq)
SELECT l.device, (l.operation::json->>'op_id')::uuid, l.epoch, l.seq
FROM op_log l JOIN device d ON d.device = l.device AND l.epoch < d.epoch
ORDER BY l.device, l.epoch, l.seq
ON CONFLICT DO NOTHING;

-- Name and photo last delivered by the registry, apart from those in force: an approved correction
-- stays until a delivery differs from the one before. For corrections already applied, the first
-- one's old value was the last delivery.
ALTER TABLE citizen ADD COLUMN delivered_name text, ADD COLUMN delivered_photo bytea;
UPDATE citizen SET delivered_name = name, delivered_photo = photo WHERE registered;
UPDATE citizen c SET delivered_name = k.before->>'name'
FROM (SELECT DISTINCT ON (bucket, citizen_ref) bucket, citizen_ref, record::json->'correction'->'content'->'before' AS before
      FROM correction
      WHERE record::json->'correction'->'state'->>'state' = 'applied' AND record::json->'correction'->>'field' = 'name'
      ORDER BY bucket, citizen_ref, correction_id) k
WHERE c.registered AND c.bucket = k.bucket AND c.citizen_ref = k.citizen_ref AND k.before->>'name' IS NOT NULL;
UPDATE citizen c SET delivered_photo = decode(k.before->>'photo', 'hex')
FROM (SELECT DISTINCT ON (bucket, citizen_ref) bucket, citizen_ref, record::json->'correction'->'content'->'before' AS before
      FROM correction
      WHERE record::json->'correction'->'state'->>'state' = 'applied' AND record::json->'correction'->>'field' = 'photo'
      ORDER BY bucket, citizen_ref, correction_id) k
WHERE c.registered AND c.bucket = k.bucket AND c.citizen_ref = k.citizen_ref;
