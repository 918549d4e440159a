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
