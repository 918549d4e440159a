-- Kits of home visits (上门服务, V1–V5): whose views a desk took along, and when it came back.

CREATE TABLE visit (
    visit uuid PRIMARY KEY,
    device integer NOT NULL,
    epoch integer NOT NULL,
    site text NOT NULL,
    operator text NOT NULL,
    case_number text NOT NULL,
    -- Number of people, and the digest of their references: the same request gets the same kit.
    people integer NOT NULL,
    list bytea NOT NULL,
    taken_at bigint NOT NULL,
    ends_at bigint NOT NULL,
    returned_at bigint,
    returned_by text,
    served integer,
    sheets_taken integer,
    sheets_good integer,
    sheets_spoilt integer,
    sheets_open integer,
    sheets_unused integer,
    -- The desk enrolled anew without it.
    lost_at bigint,
    alarmed boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX visit_out ON visit (device) WHERE returned_at IS NULL AND lost_at IS NULL;
CREATE INDEX visit_of_operator ON visit (operator) WHERE returned_at IS NULL AND lost_at IS NULL;
CREATE INDEX visit_by_time ON visit (taken_at);
