-- What each desk said of itself last: one row a desk, overwritten at each log-in.
CREATE TABLE desk_heartbeat (
    device integer PRIMARY KEY REFERENCES device,
    epoch integer NOT NULL,
    told_at bigint NOT NULL,
    heartbeat text NOT NULL
) WITH (fillfactor = 50);

-- The oldest program that may issue codes, and from when (L13). No row: any may.
CREATE TABLE required_program (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    required text NOT NULL
);

-- What counts on the boards of sites (看板): narrow copies of decided operations, made when a board
-- is asked for, so that ingest and apply write nothing more. correction_reason: of the correction
-- that an operation begins.
CREATE TABLE board_fact (
    device integer NOT NULL,
    op_id uuid NOT NULL,
    at bigint NOT NULL,
    staff text NOT NULL,
    kind text NOT NULL,
    action text,
    outcome text NOT NULL,
    reason text,
    case_number text,
    correction uuid,
    correction_reason text,
    PRIMARY KEY (device, op_id)
);
CREATE INDEX board_fact_at ON board_fact (device, at);
CREATE INDEX board_fact_of_correction ON board_fact (correction) WHERE correction IS NOT NULL;

-- The last operation of each enrolment that was copied.
CREATE TABLE board_head (
    device integer NOT NULL,
    epoch integer NOT NULL,
    counted_through bigint NOT NULL,
    PRIMARY KEY (device, epoch)
);

CREATE INDEX channel_event_of_client ON channel_event (client, at);

-- What the board of a site counts, over all channels. Days and hours are those of Shanghai, eight
-- hours ahead; day_number counts from 1970.
CREATE VIEW board_event AS
    SELECT d.site, 'counter' AS channel, d.desk_number, nullif(f.staff, '') AS staff, f.at, f.kind,
           f.action, f.outcome, f.reason, f.case_number, f.correction_reason,
           ((f.at + 28800000) / 86400000)::integer AS day_number,
           ((f.at + 28800000) / 3600000 % 24)::smallint AS hour
    FROM board_fact f JOIN device d ON d.device = f.device
    UNION ALL
    SELECT c.site, e.channel, NULL, NULL, e.at,
           CASE e.action WHEN 'loss' THEN 'report_loss' WHEN 'download' THEN 'reprint' ELSE 'issue' END,
           CASE e.action WHEN 'loss' THEN 'report_loss' WHEN 'download' THEN 'reprint' ELSE e.action END,
           'done', NULL, NULL, NULL,
           ((e.at + 28800000) / 86400000)::integer, ((e.at + 28800000) / 3600000 % 24)::smallint
    FROM channel_event e JOIN channel_client c ON c.name = e.client
    WHERE e.action <> 'escalate';
