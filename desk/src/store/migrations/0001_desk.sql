-- One desk. Instants are milliseconds since 1970 (UTC), days are ISO dates in Shanghai, ids and
-- digests are text, records are JSON of the shared types. SQLCipher encrypts the file as a whole.
-- A citizen reference is a keyed hash of the ID number under a key of this desk alone.

CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The identity of this desk: one row once enrolled.
CREATE TABLE identity (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    record   TEXT NOT NULL
) STRICT;

-- Numbers given out one after another.
CREATE TABLE sequence (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Staff of the site: records signed by the centre, with no secret in them.
CREATE TABLE staff (
    number  TEXT PRIMARY KEY,
    record  TEXT    NOT NULL,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Wrapped keys of people who logged in here with the centre, for log-in without it (A2).
CREATE TABLE credential (
    number  TEXT PRIMARY KEY,
    record  TEXT    NOT NULL,
    kept_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Log-in tries without a success since, by staff number, known or not (A6). Counted before the
-- password is checked. The clocks tell how much time has surely passed since the last.
CREATE TABLE login_try (
    number         TEXT PRIMARY KEY,
    count          INTEGER NOT NULL,
    last_at        INTEGER NOT NULL,
    boot_id        TEXT    NOT NULL,
    monotonic_ms   INTEGER NOT NULL,
    is_centre_time INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The newest view of a citizen that the centre sent.
CREATE TABLE citizen (
    citizen_ref TEXT PRIMARY KEY,
    view        TEXT    NOT NULL,
    fetched_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX citizen_by_age ON citizen (fetched_at);

-- A case (办件): one citizen at the window.
CREATE TABLE case_file (
    case_number TEXT PRIMARY KEY,
    citizen_ref TEXT,
    operator    TEXT    NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('open', 'suspended', 'closed')),
    opened_at   INTEGER NOT NULL,
    day         TEXT    NOT NULL,
    changed_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX case_by_day ON case_file (day, opened_at);
CREATE INDEX case_by_citizen ON case_file (citizen_ref, state);
CREATE INDEX case_kept_by_change ON case_file (changed_at) WHERE citizen_ref IS NOT NULL;

-- How a case was served: the ticket it was called by, its time at the window in all sittings, and
-- how it was rated (1 to 5).
CREATE TABLE service (
    case_number    TEXT PRIMARY KEY,
    begun_at       INTEGER NOT NULL,
    ticket         TEXT,
    called_at      INTEGER,
    waited_seconds INTEGER,
    served_ms      INTEGER NOT NULL DEFAULT 0,
    rating         INTEGER CHECK (rating BETWEEN 1 AND 5),
    rated_at       INTEGER
) STRICT, WITHOUT ROWID;

-- Forms that were typed and not yet submitted.
CREATE TABLE draft (
    case_number TEXT    NOT NULL,
    form        TEXT    NOT NULL,
    content     TEXT    NOT NULL,
    operator    TEXT    NOT NULL,
    saved_at    INTEGER NOT NULL,
    PRIMARY KEY (case_number, form)
) STRICT, WITHOUT ROWID;

-- The operation log: an unbroken chain in each epoch. `record` is emptied by retention, the chain
-- stays.
--
-- A durable operation writes as few pages as possible, because each is encrypted and
-- authenticated by itself: its row at the end of the table, and one index. The key is
-- `epoch << 32 | seq`.
CREATE TABLE operation (
    n               INTEGER PRIMARY KEY,
    epoch           INTEGER NOT NULL GENERATED ALWAYS AS (n >> 32) VIRTUAL,
    seq             INTEGER NOT NULL GENERATED ALWAYS AS (n & 4294967295) VIRTUAL,
    idempotency_key TEXT,
    kind            TEXT    NOT NULL,
    citizen_ref     TEXT,
    case_number     TEXT,
    operator        TEXT    NOT NULL,
    at              INTEGER NOT NULL,
    hash            TEXT    NOT NULL,
    -- The session it was done in, and its key's signature: with it any batch may end here.
    session           TEXT NOT NULL,
    session_signature TEXT NOT NULL,
    record          TEXT
) STRICT;
-- Idempotency keys are unique within their case.
CREATE UNIQUE INDEX operation_by_case ON operation (case_number, idempotency_key);

-- Signed statement of each session that has an operation. It stays with the log.
CREATE TABLE session (
    id        TEXT PRIMARY KEY,
    statement TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Where a day (Shanghai) begins in the log. A day begins more than once if the clock was set back
-- and forth.
CREATE TABLE log_day (
    first       INTEGER PRIMARY KEY REFERENCES operation (n),
    at          INTEGER NOT NULL,
    -- Whether retention has records of it left to empty.
    has_content INTEGER NOT NULL DEFAULT 1
) STRICT;

-- The same with the number before which the day ends; the greatest there is for the newest.
CREATE VIEW day_of_log AS
    SELECT d.*, ifnull((SELECT min(later.first) FROM log_day later WHERE later.first > d.first), 9223372036854775807) AS ends_before
    FROM log_day d;

-- The centre's signed receipt batches as they came: one row proves many receipts.
CREATE TABLE receipt_batch (
    id     INTEGER PRIMARY KEY,
    signed TEXT    NOT NULL,
    at     INTEGER NOT NULL
) STRICT;

CREATE TABLE receipt (
    n          INTEGER PRIMARY KEY REFERENCES operation (n),
    epoch      INTEGER NOT NULL GENERATED ALWAYS AS (n >> 32) VIRTUAL,
    seq        INTEGER NOT NULL GENERATED ALWAYS AS (n & 4294967295) VIRTUAL,
    receipt_id TEXT    NOT NULL,
    verdict    TEXT    NOT NULL,
    outcome    TEXT    NOT NULL,
    decided_at INTEGER NOT NULL,
    batch      INTEGER NOT NULL REFERENCES receipt_batch (id)
) STRICT;
CREATE INDEX receipt_by_outcome ON receipt (outcome);

-- Codes issued here or changed by the centre for a citizen known here.
CREATE TABLE code (
    serial        TEXT PRIMARY KEY,
    -- Null while nobody here knows whose it is: news of a code do not name its holder.
    citizen_ref   TEXT,
    state         TEXT    NOT NULL,
    issued_at     INTEGER NOT NULL,
    valid_through TEXT    NOT NULL,
    provisional   INTEGER NOT NULL,
    copies        INTEGER NOT NULL,
    counts_for    TEXT,
    case_number   TEXT,
    payload       TEXT,
    correction    TEXT,
    epoch         INTEGER,
    seq           INTEGER,
    changed_at    INTEGER NOT NULL,
    -- The state when the code was first recorded here, moved by what the centre has said since.
    base          TEXT    NOT NULL DEFAULT 'live'
) STRICT, WITHOUT ROWID;
CREATE INDEX code_by_citizen ON code (citizen_ref, issued_at);
CREATE INDEX code_by_operation ON code (epoch, seq) WHERE seq IS NOT NULL;

-- What a code becomes by operations of this desk that the centre has not decided. Its state is
-- computed from `base` and these.
CREATE TABLE code_change (
    serial  TEXT    NOT NULL REFERENCES code (serial) ON DELETE CASCADE,
    n       INTEGER NOT NULL,
    becomes TEXT    NOT NULL,
    PRIMARY KEY (serial, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE correction (
    id             TEXT PRIMARY KEY,
    citizen_ref    TEXT    NOT NULL,
    field          TEXT    NOT NULL,
    state          TEXT    NOT NULL,
    is_open        INTEGER NOT NULL,
    record         TEXT    NOT NULL,
    central_record TEXT,
    changed_at     INTEGER NOT NULL,
    submitted_at   INTEGER,
    flagged        INTEGER NOT NULL DEFAULT 0,
    -- Whether `central_record` counts once no own operation on it waits: it came while one did, or
    -- an own step was refused.
    central_counts INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX correction_by_citizen ON correction (citizen_ref, field, is_open);
-- One index for each order a list is shown in, so that no record is read to sort it.
CREATE INDEX correction_by_submission ON correction (submitted_at, flagged, changed_at) WHERE submitted_at IS NOT NULL;
CREATE INDEX correction_by_change ON correction (changed_at, submitted_at, flagged);
CREATE INDEX correction_open_by_change ON correction (changed_at, submitted_at, flagged) WHERE is_open;
CREATE INDEX correction_closed_by_change ON correction (changed_at) WHERE NOT is_open;

-- The pieces of evidence an approver has opened, by revision.
CREATE TABLE evidence_opened (
    correction_id TEXT    NOT NULL,
    revision      INTEGER NOT NULL,
    operator      TEXT    NOT NULL,
    digest        TEXT    NOT NULL,
    PRIMARY KEY (correction_id, revision, operator, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE escalation (
    id          TEXT PRIMARY KEY,
    citizen_ref TEXT    NOT NULL,
    record      TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    closed      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX escalation_by_citizen ON escalation (citizen_ref, closed);

-- A phone that was left for one case, sealed by itself (S3). It goes with what it was left for.
CREATE TABLE phone (
    case_number TEXT PRIMARY KEY,
    sealed      BLOB    NOT NULL,
    left_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What came of each call to a citizen about one conflict or correction.
CREATE TABLE call (
    n           INTEGER PRIMARY KEY,
    subject     TEXT    NOT NULL,
    case_number TEXT    NOT NULL,
    outcome     TEXT    NOT NULL,
    is_final    INTEGER NOT NULL,
    operator    TEXT    NOT NULL,
    at          INTEGER NOT NULL
) STRICT;
CREATE INDEX call_by_subject ON call (subject, n);

-- What was decided otherwise, or on a correction, and may be news for its citizen.
CREATE VIEW call_subject AS
    SELECT 'conflict/' || epoch || '/' || seq AS subject, case_number, at FROM conflict
    WHERE resolved_at IS NULL AND case_number IS NOT NULL
    UNION ALL
    SELECT 'correction/' || id || '/' || (record ->> '$.correction.revision'), record ->> '$.case_number', changed_at
    FROM correction
    WHERE state IN ('applied', 'rejected', 'conflicted') AND ifnull(record ->> '$.correction.state.replaced', 0) = 0;

-- Whom to call: a phone was left, and nobody has told them yet.
CREATE VIEW call_due AS
    SELECT s.subject, s.case_number, s.at FROM phone p CROSS JOIN call_subject s ON s.case_number = p.case_number
    WHERE NOT EXISTS (SELECT 1 FROM call c WHERE c.subject = s.subject AND c.is_final);

-- Cases in which something is still to be decided or told.
CREATE VIEW case_waiting AS
    SELECT case_number FROM outbox WHERE case_number IS NOT NULL
    UNION ALL SELECT case_number FROM call_due
    UNION ALL SELECT record ->> '$.case_number' FROM correction WHERE is_open AND record ->> '$.case_number' IS NOT NULL;

-- Pictures and scans, each sealed by itself (S3). `uploaded` counts plaintext bytes the centre has.
CREATE TABLE blob (
    digest     TEXT PRIMARY KEY,
    sealed     BLOB    NOT NULL,
    media_type TEXT    NOT NULL,
    length     INTEGER NOT NULL,
    origin     TEXT    NOT NULL CHECK (origin IN ('desk', 'centre')),
    uploaded   INTEGER NOT NULL,
    complete   INTEGER NOT NULL,
    stored_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX blob_to_upload ON blob (stored_at) WHERE complete = 0;
CREATE INDEX blob_by_time ON blob (stored_at) WHERE complete = 1;

CREATE TABLE print_job (
    id            TEXT PRIMARY KEY,
    case_number   TEXT,
    serial        TEXT,
    paper         TEXT    NOT NULL,
    operator      TEXT    NOT NULL,
    asked_at      INTEGER NOT NULL,
    day           TEXT    NOT NULL,
    spooler_state TEXT,
    reasons       TEXT,
    confirmed     TEXT CHECK (confirmed IN ('good', 'spoilt')),
    confirmed_at  INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX print_job_of_code ON print_job (serial);
CREATE INDEX print_by_day ON print_job (day, asked_at);
CREATE INDEX print_by_serial ON print_job (serial);

-- Hash-chained (S6).
CREATE TABLE audit (
    n            INTEGER PRIMARY KEY,
    at           INTEGER NOT NULL,
    wall         INTEGER NOT NULL,
    monotonic_ms INTEGER NOT NULL,
    boot_id      TEXT    NOT NULL,
    operator     TEXT    NOT NULL,
    event        TEXT    NOT NULL,
    outcome      TEXT    NOT NULL,
    case_number  TEXT,
    detail       TEXT    NOT NULL,
    prev_hash    TEXT    NOT NULL,
    hash         TEXT    NOT NULL
) STRICT;
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_by_operator ON audit (operator, n);
CREATE INDEX audit_by_case ON audit (case_number);

-- The desk's signature over the audit's last hash of a day.
CREATE TABLE audit_seal (
    day       TEXT PRIMARY KEY,
    last_n    INTEGER NOT NULL,
    signed    TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE conflict (
    epoch       INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    citizen_ref TEXT,
    case_number TEXT,
    verdict     TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    resolved_by TEXT,
    resolved_at INTEGER,
    note        TEXT,
    -- The verdict before the centre decided anew.
    before      TEXT,
    PRIMARY KEY (epoch, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX conflict_open ON conflict (at) WHERE resolved_at IS NULL;

-- The position of synchronisation: one row.
CREATE TABLE sync_state (
    only_row             INTEGER PRIMARY KEY CHECK (only_row = 1),
    received_through     INTEGER NOT NULL,
    cursor               INTEGER NOT NULL,
    stopped              TEXT,
    contact_server       INTEGER,
    contact_wall         INTEGER,
    contact_monotonic_ms INTEGER,
    contact_boot_id      TEXT,
    wall_high_water      INTEGER NOT NULL,
    -- The latest instant this desk has known; a contact sets it anew.
    latest_at            INTEGER NOT NULL DEFAULT 0,
    -- Every operation through this number has its receipt or was handed to a later enrolment.
    settled_through      INTEGER NOT NULL DEFAULT 0,
    -- The newest operation at the last contact. A later one tells by its time how far the clocks
    -- had come.
    contact_after        INTEGER NOT NULL DEFAULT 0,
    -- After the centre was restored, its verdicts on operations after this number are heard again;
    -- null otherwise.
    recheck_after        INTEGER
) STRICT;
INSERT INTO sync_state (only_row, received_through, cursor, wall_high_water) VALUES (1, 0, 0, 0);

-- Operations without a receipt. A row leaves only by a receipt.
CREATE VIEW outbox AS
    SELECT o.* FROM operation o
    WHERE o.n > (SELECT settled_through FROM sync_state) AND NOT EXISTS (SELECT 1 FROM receipt r WHERE r.n = o.n);

-- Signed lists for offline verification: keys and revocations.
CREATE TABLE trust_list (
    kind       TEXT PRIMARY KEY,
    version    INTEGER NOT NULL,
    signed     TEXT    NOT NULL,
    fetched_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Batches of other desks that were imported by hand and wait to be relayed, each sealed to the
-- centre (C3). `refused` says why the centre did not take one.
CREATE TABLE transferred_batch (
    device      INTEGER NOT NULL,
    epoch       INTEGER NOT NULL,
    first_seq   INTEGER NOT NULL,
    last_seq    INTEGER NOT NULL,
    sealed      BLOB    NOT NULL,
    taken_in_at INTEGER NOT NULL,
    refused     TEXT,
    PRIMARY KEY (device, epoch, first_seq)
) STRICT;

-- Pictures and scans that came with them, likewise sealed, by the digest of what is sealed.
CREATE TABLE transferred_blob (
    digest      TEXT PRIMARY KEY,
    sealed      BLOB    NOT NULL,
    taken_in_at INTEGER NOT NULL
) STRICT;

-- The newest head of the centre's audit log that extended all before it (D2), and what the centre
-- showed later that did not extend it. Both are signed by the centre.
CREATE TABLE tree_head (
    only_row        INTEGER PRIMARY KEY CHECK (only_row = 1),
    signed          TEXT    NOT NULL,
    seen_at         INTEGER NOT NULL,
    contradiction   TEXT,
    contradicted_at INTEGER
) STRICT;

-- The newest generation of the centre's database that this desk has heard of, after the database
-- was put back to an earlier state, and what is still to be handed in for it.
CREATE TABLE centre_generation (
    only_row   INTEGER PRIMARY KEY CHECK (only_row = 1),
    generation INTEGER NOT NULL,
    testimony  TEXT
) STRICT;

-- Which database file this is, drawn when it was made (D1): one that was made anew is another one.
CREATE TABLE generation (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    id       TEXT    NOT NULL
) STRICT;
INSERT INTO generation (only_row, id) VALUES (1, lower(hex(randomblob(16))));

-- Jobs of collective service (集体代办): an institution's agent, with the people of a list.
CREATE TABLE job (
    id           TEXT PRIMARY KEY,
    institution  TEXT    NOT NULL,
    list         TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    agent_number TEXT    NOT NULL,
    agent_name   TEXT    NOT NULL,
    -- Case of the visit; each person has another one.
    case_number  TEXT    NOT NULL,
    operator     TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    -- Digests of the pages of the consent list, and rows of the file that were not taken.
    consent      TEXT    NOT NULL,
    wrong        TEXT    NOT NULL,
    made_at      INTEGER NOT NULL,
    changed_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One person of a job, in the order of the list. case_number stands here before anything is issued
-- in it: a job that is taken up again finds what was done.
CREATE TABLE job_person (
    job         TEXT    NOT NULL REFERENCES job,
    position    INTEGER NOT NULL,
    line        INTEGER,
    number      TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    looked_at   INTEGER NOT NULL DEFAULT 0,
    -- What fits, and the code so far, when they were looked at last.
    action      TEXT,
    code_so_far TEXT,
    reason      TEXT,
    case_number TEXT,
    serial      TEXT,
    photo       TEXT,
    PRIMARY KEY (job, position),
    UNIQUE (job, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_person_waiting ON job_person (job, position) WHERE state = 'waiting';

-- What the centre said of the site's board last, by question. It names staff, and no citizen.
CREATE TABLE board (
    question   TEXT PRIMARY KEY,
    answer     TEXT    NOT NULL,
    fetched_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
