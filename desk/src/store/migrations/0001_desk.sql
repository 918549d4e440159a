-- One desk. Instants are milliseconds since 1970 (UTC), days are ISO dates in Shanghai, ids and digests are text,
-- records are JSON of the shared types. The file as a whole is encrypted (SQLCipher).

CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Who this desk is: one row once enrolled.
CREATE TABLE identity (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    record   TEXT NOT NULL
) STRICT;

CREATE TABLE counter (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE staff (
    number  TEXT PRIMARY KEY,
    record  TEXT    NOT NULL,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Failed logins by staff number, known or not (S4).
CREATE TABLE login_failure (
    number  TEXT PRIMARY KEY,
    count   INTEGER NOT NULL,
    last_at INTEGER
) STRICT, WITHOUT ROWID;

-- What the registry said of a citizen, last time.
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

-- What somebody typed and has not handed in.
CREATE TABLE draft (
    case_number TEXT    NOT NULL,
    form        TEXT    NOT NULL,
    content     TEXT    NOT NULL,
    operator    TEXT    NOT NULL,
    saved_at    INTEGER NOT NULL,
    PRIMARY KEY (case_number, form)
) STRICT, WITHOUT ROWID;

-- The operation log: an unbroken chain in each epoch. `record` is emptied by retention, the chain stays.
CREATE TABLE operation (
    epoch       INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    op_id       TEXT    NOT NULL,
    press       TEXT    UNIQUE,
    kind        TEXT    NOT NULL,
    citizen_ref TEXT,
    case_number TEXT,
    operator    TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    hash        TEXT    NOT NULL,
    record      TEXT,
    PRIMARY KEY (epoch, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX operation_by_citizen ON operation (citizen_ref, epoch, seq);
CREATE INDEX operation_by_case ON operation (case_number, epoch, seq);
CREATE INDEX operation_by_id ON operation (op_id);
CREATE INDEX operation_by_time ON operation (at);

-- Operations without a receipt. A row leaves only with a verified receipt.
CREATE TABLE outbox (
    epoch     INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    queued_at INTEGER NOT NULL,
    PRIMARY KEY (epoch, seq),
    FOREIGN KEY (epoch, seq) REFERENCES operation (epoch, seq)
) STRICT, WITHOUT ROWID;

-- The centre's signed words, as they came: one row proves many receipts.
CREATE TABLE receipt_roll (
    id     INTEGER PRIMARY KEY,
    signed TEXT    NOT NULL,
    at     INTEGER NOT NULL
) STRICT;

CREATE TABLE receipt (
    epoch      INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    receipt_id TEXT    NOT NULL,
    verdict    TEXT    NOT NULL,
    outcome    TEXT    NOT NULL,
    decided_at INTEGER NOT NULL,
    roll       INTEGER NOT NULL REFERENCES receipt_roll (id),
    PRIMARY KEY (epoch, seq),
    FOREIGN KEY (epoch, seq) REFERENCES operation (epoch, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX receipt_by_outcome ON receipt (outcome, epoch, seq);

-- Codes issued here or changed by the centre for a citizen known here.
CREATE TABLE code (
    serial        TEXT PRIMARY KEY,
    citizen_ref   TEXT    NOT NULL,
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
    changed_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX code_by_citizen ON code (citizen_ref, issued_at);

-- How an operation changed the state of a code, so that a refusal by the centre can be undone here.
CREATE TABLE code_change (
    epoch      INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    serial     TEXT    NOT NULL REFERENCES code (serial) ON DELETE CASCADE,
    was        TEXT    NOT NULL,
    PRIMARY KEY (epoch, seq, serial)
) STRICT, WITHOUT ROWID;
CREATE INDEX code_change_by_serial ON code_change (serial);

CREATE TABLE correction (
    id             TEXT PRIMARY KEY,
    citizen_ref    TEXT    NOT NULL,
    field          TEXT    NOT NULL,
    state          TEXT    NOT NULL,
    is_open        INTEGER NOT NULL,
    record         TEXT    NOT NULL,
    central_record TEXT,
    changed_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX correction_by_citizen ON correction (citizen_ref, field, is_open);
CREATE INDEX correction_by_state ON correction (state, changed_at);

-- Which pieces of evidence an approver has opened, of which revision.
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
    PRIMARY KEY (epoch, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX conflict_open ON conflict (at) WHERE resolved_at IS NULL;

-- Where synchronisation stands: one row.
CREATE TABLE sync_state (
    only_row             INTEGER PRIMARY KEY CHECK (only_row = 1),
    received_through     INTEGER NOT NULL,
    cursor               INTEGER NOT NULL,
    stopped              TEXT,
    contact_server       INTEGER,
    contact_wall         INTEGER,
    contact_monotonic_ms INTEGER,
    contact_boot_id      TEXT,
    wall_high_water      INTEGER NOT NULL
) STRICT;
INSERT INTO sync_state (only_row, received_through, cursor, wall_high_water) VALUES (1, 0, 0, 0);

-- Signed lists for offline verification: keys and revocations.
CREATE TABLE trust_list (
    kind       TEXT PRIMARY KEY,
    version    INTEGER NOT NULL,
    signed     TEXT    NOT NULL,
    fetched_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Batches of other desks that came by hand and wait to be handed on.
CREATE TABLE carried (
    device      INTEGER NOT NULL,
    epoch       INTEGER NOT NULL,
    first_seq   INTEGER NOT NULL,
    request     TEXT    NOT NULL,
    taken_in_at INTEGER NOT NULL,
    PRIMARY KEY (device, epoch, first_seq)
) STRICT, WITHOUT ROWID;
