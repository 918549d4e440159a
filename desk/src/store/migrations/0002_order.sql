-- Lists in the order they are looked at, from an index alone and without reading the records: the queue by number, an
-- approver's corrections by age and risk, a clerk's by the last change. Times are milliseconds.
CREATE INDEX operation_by_number ON operation (epoch, seq, case_number);

ALTER TABLE correction ADD COLUMN submitted_at INTEGER;
ALTER TABLE correction ADD COLUMN flagged INTEGER NOT NULL DEFAULT 0;

UPDATE correction SET
    submitted_at = CASE json_extract(record, '$.correction.state.state')
        WHEN 'submitted' THEN json_extract(record, '$.correction.state.at') END,
    flagged = json_extract(record, '$.correction.content.reason') = 'P1'
        OR json_extract(record, '$.correction.content.photo_shortfall') IS NOT NULL;

DROP INDEX correction_by_state;
CREATE INDEX correction_by_submission ON correction (submitted_at, flagged, changed_at) WHERE submitted_at IS NOT NULL;
CREATE INDEX correction_by_change ON correction (changed_at, submitted_at, flagged);
CREATE INDEX correction_open_by_change ON correction (changed_at, submitted_at, flagged) WHERE is_open;

-- What retention looks for every hour, without walking through what it has emptied before or must keep.
CREATE INDEX operation_kept_by_time ON operation (at) WHERE record IS NOT NULL;
CREATE INDEX correction_closed_by_change ON correction (changed_at) WHERE NOT is_open;
CREATE INDEX case_kept_by_change ON case_file (changed_at) WHERE citizen_ref IS NOT NULL;
CREATE INDEX blob_by_time ON blob (stored_at) WHERE complete = 1;
