-- An operation made durable writes as few pages as it can, for each is encrypted and authenticated by itself: its row, at the end of the
-- table, and one index. The log goes by one number, `epoch << 32 | seq`.

CREATE TABLE operation_now (
    n           INTEGER PRIMARY KEY,
    epoch       INTEGER NOT NULL GENERATED ALWAYS AS (n >> 32) VIRTUAL,
    seq         INTEGER NOT NULL GENERATED ALWAYS AS (n & 4294967295) VIRTUAL,
    press       TEXT,
    kind        TEXT    NOT NULL,
    citizen_ref TEXT,
    case_number TEXT,
    operator    TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    hash        TEXT    NOT NULL,
    record      TEXT
) STRICT;
INSERT INTO operation_now (n, press, kind, citizen_ref, case_number, operator, at, hash, record)
    SELECT epoch << 32 | seq, press, kind, citizen_ref, case_number, operator, at, hash, record
    FROM operation ORDER BY epoch, seq;

CREATE TABLE receipt_now (
    n          INTEGER PRIMARY KEY REFERENCES operation_now (n),
    epoch      INTEGER NOT NULL GENERATED ALWAYS AS (n >> 32) VIRTUAL,
    seq        INTEGER NOT NULL GENERATED ALWAYS AS (n & 4294967295) VIRTUAL,
    receipt_id TEXT    NOT NULL,
    verdict    TEXT    NOT NULL,
    outcome    TEXT    NOT NULL,
    decided_at INTEGER NOT NULL,
    roll       INTEGER NOT NULL REFERENCES receipt_roll (id)
) STRICT;
INSERT INTO receipt_now (n, receipt_id, verdict, outcome, decided_at, roll)
    SELECT epoch << 32 | seq, receipt_id, verdict, outcome, decided_at, roll FROM receipt ORDER BY epoch, seq;

-- Everything through this number is settled: it has its receipt, or was handed to a later enrolment.
ALTER TABLE sync_state ADD COLUMN settled_through INTEGER NOT NULL DEFAULT 0;
-- The newest operation at the last contact. A later one tells by its time how far the clocks had come.
ALTER TABLE sync_state ADD COLUMN contact_after INTEGER NOT NULL DEFAULT 0;
UPDATE sync_state SET
    settled_through = coalesce(
        (SELECT min(epoch << 32 | seq) FROM outbox) - 1, (SELECT max(epoch << 32 | seq) FROM operation), 0),
    contact_after = coalesce((SELECT max(epoch << 32 | seq) FROM operation), 0);

DROP TABLE receipt;
DROP TABLE outbox;
DROP TABLE operation;
ALTER TABLE operation_now RENAME TO operation;
ALTER TABLE receipt_now RENAME TO receipt;

-- A key pressed twice is found in its case.
CREATE UNIQUE INDEX operation_by_case ON operation (case_number, press);
CREATE INDEX receipt_by_outcome ON receipt (outcome);

-- What has no receipt. Nothing is ever taken out of it by hand.
CREATE VIEW outbox AS
    SELECT p.* FROM operation p
    WHERE p.n > (SELECT settled_through FROM sync_state) AND NOT EXISTS (SELECT 1 FROM receipt r WHERE r.n = p.n);

-- Where in the log a day (Shanghai) begins. One whose clock was set to and fro begins more than once.
CREATE TABLE log_day (
    first       INTEGER PRIMARY KEY REFERENCES operation (n),
    at          INTEGER NOT NULL,
    -- Retention has not yet emptied all of it.
    has_content INTEGER NOT NULL DEFAULT 1
) STRICT;
INSERT INTO log_day (first, at)
    SELECT n, at FROM
        (SELECT n, at, (at + 28800000) / 86400000 AS day, lag((at + 28800000) / 86400000) OVER (ORDER BY n) AS before FROM operation)
    WHERE before IS NOT day;

-- With the number before which it ends; the greatest there is for the newest.
CREATE VIEW day_of_log AS
    SELECT d.*, ifnull((SELECT min(later.first) FROM log_day later WHERE later.first > d.first), 9223372036854775807) AS ends_before
    FROM log_day d;
