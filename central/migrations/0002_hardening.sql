-- A refused issue could put a code on record whose day no reader understands. Such a sheet is voided; its last day only has to be readable.
UPDATE code SET valid_through = 10101 WHERE valid_through < 10101;

-- What was said to the desks last, so that a change is noticed: 'policy'.
CREATE TABLE setting (
    name text PRIMARY KEY,
    value text NOT NULL
);

-- Operations of a device's earlier enrolments by their own ids. A desk that enrols again hands over once more what it has no receipt for, and
-- the centre may have it already. Filled when a later enrolment begins to be decided, so that taking operations in costs nothing more.
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

-- What the registry delivered last, apart from what is in force: a correction that was approved here stays until the registry delivers something
-- else than before. Where one was applied already, the registry's last word is what the first of them found there.
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
