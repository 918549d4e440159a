-- Lists of corrections in the order they are looked at, without reading the records: an approver's by age and risk, a
-- clerk's by the last change. Times are milliseconds.
ALTER TABLE correction ADD COLUMN submitted_at INTEGER;
ALTER TABLE correction ADD COLUMN flagged INTEGER NOT NULL DEFAULT 0;

UPDATE correction SET
    submitted_at = CASE json_extract(record, '$.correction.state.state')
        WHEN 'submitted' THEN json_extract(record, '$.correction.state.at') END,
    flagged = json_extract(record, '$.correction.content.reason') = 'P1'
        OR json_extract(record, '$.correction.content.photo_shortfall') IS NOT NULL;

DROP INDEX correction_by_state;
CREATE INDEX correction_by_submission ON correction (submitted_at, flagged) WHERE submitted_at IS NOT NULL;
CREATE INDEX correction_by_change ON correction (changed_at);
CREATE INDEX correction_open_by_change ON correction (changed_at) WHERE is_open;
