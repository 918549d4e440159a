-- Keys start with the Citus distribution column: device for logs, bucket (first byte of SM3 over a
-- public label and the ID number) for everything about a citizen. A citizen reference begins with
-- its bucket. Days are integers yyyymmdd, instants milliseconds since 1970 (UTC), digests and
-- references raw bytes.

CREATE TABLE site (
    site text PRIMARY KEY CHECK (site ~ '^[0-9]{6}$'),
    name text NOT NULL,
    feed_position bigint NOT NULL DEFAULT 0
);

-- device: random, with a check digit (rules::numbers::device_number).
CREATE TABLE device (
    device integer PRIMARY KEY,
    site text NOT NULL REFERENCES site,
    desk_number smallint NOT NULL CHECK (desk_number BETWEEN 1 AND 999),
    name text NOT NULL DEFAULT '',
    epoch integer NOT NULL DEFAULT 0,
    quarantined_at bigint,
    revoked_at bigint,
    protection text,
    UNIQUE (site, desk_number)
);

CREATE TABLE invitation (
    code_digest bytea PRIMARY KEY,
    device integer NOT NULL REFERENCES device,
    expires_at bigint NOT NULL
);

-- Desk keys as the root signed them: one at enrolment, and the next at each renewal (B4).
-- changed_in: version of the key list that first had this state; 0 = not published yet.
CREATE TABLE desk_key (
    device integer NOT NULL,
    epoch integer NOT NULL,
    key_id bytea NOT NULL,
    not_after bigint NOT NULL,
    certificate text NOT NULL,
    changed_in bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (device, key_id)
);
CREATE INDEX desk_key_by_id ON desk_key (key_id);

-- Ingest: the last operation received of each enrolment. next_key: the renewed key, accepted beside
-- the present one because the desk decides when to take it up.
CREATE TABLE device_head (
    device integer NOT NULL,
    epoch integer NOT NULL,
    public_key bytea NOT NULL,
    next_key bytea,
    received_through bigint NOT NULL DEFAULT 0,
    last_hash bytea NOT NULL,
    PRIMARY KEY (device, epoch)
);

CREATE TABLE op_log (
    device integer NOT NULL,
    epoch integer NOT NULL,
    seq bigint NOT NULL,
    bucket smallint NOT NULL,
    citizen_ref bytea NOT NULL,
    hash bytea NOT NULL,
    received_at bigint NOT NULL,
    -- Why no session proves it (A3): 'signature', 'consent' …; NULL = proven.
    unproven text,
    operation text NOT NULL,
    PRIMARY KEY (device, epoch, seq)
);

-- Statements by which a person began a session at a desk, as the person signed them. digest: SM3
-- over statement and signature, so that one with a wrong signature is a row of its own.
CREATE TABLE session (
    device integer NOT NULL,
    digest bytea NOT NULL,
    session_id uuid NOT NULL,
    staff text NOT NULL,
    begun_at bigint NOT NULL,
    statement text NOT NULL,
    PRIMARY KEY (device, digest)
);

-- What proves the operations of each batch, so that the log can be verified without trust in this
-- database: the desk's signature, and for each session the digest of its statement with the session
-- key's signature. A batch resent with more operations is a row of its own.
CREATE TABLE batch_proof (
    device integer NOT NULL,
    epoch integer NOT NULL,
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL,
    received_at bigint NOT NULL,
    signature text NOT NULL,
    sessions text NOT NULL,
    PRIMARY KEY (device, epoch, last_seq)
);

-- Apply: the last operation decided of each enrolment. Separate from device_head, so that ingest
-- never waits for apply.
CREATE TABLE apply_head (
    device integer NOT NULL,
    epoch integer NOT NULL,
    applied_through bigint NOT NULL DEFAULT 0,
    applied_at bigint NOT NULL DEFAULT 0,
    -- Until then nothing is decided, because an approval waits for its evidence (A4).
    waits_until bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (device, epoch)
) WITH (fillfactor = 50);

-- Operations by operation id that may come once more. A desk that enrols again resends what it has
-- no receipt for: those of its earlier enrolments, filled when the first of a later one is decided.
-- And those that would count each time they are sent, filled when they are decided.
CREATE TABLE earlier_op (
    device integer NOT NULL,
    op_id uuid NOT NULL,
    epoch integer NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (device, op_id)
);

-- Whose each case number is: the citizen of the first operation a device did under it. Case numbers
-- are for ever, but a desk whose files were put back while its clock was behind may give one again.
CREATE TABLE case_holder (
    device integer NOT NULL,
    case_number text COLLATE "C" NOT NULL,
    citizen_ref bytea NOT NULL,
    epoch integer NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (device, case_number)
);

CREATE TABLE op_result (
    bucket smallint NOT NULL,
    device integer NOT NULL,
    epoch integer NOT NULL,
    seq bigint NOT NULL,
    verdict text NOT NULL,
    decided_at bigint NOT NULL,
    PRIMARY KEY (bucket, device, epoch, seq)
);

-- The copy of the registry, and holders seen at desks who are not in the registry
-- (registered = false). delivered_name, delivered_photo: what the registry delivered last, apart
-- from what is in force. An approved correction stays until a delivery differs from the one before.
CREATE TABLE citizen (
    bucket smallint NOT NULL,
    citizen_ref bytea NOT NULL,
    version bigint NOT NULL,
    number text NOT NULL,
    name text NOT NULL,
    photo bytea,
    shanghai_household boolean NOT NULL,
    certificate text,
    certificate_valid_through integer,
    registered boolean NOT NULL,
    delivered_name text,
    delivered_photo bytea,
    PRIMARY KEY (bucket, citizen_ref)
);

CREATE TABLE relative (
    bucket smallint NOT NULL,
    citizen_ref bytea NOT NULL,
    relative_ref bytea NOT NULL,
    relative_number text NOT NULL,
    relation text NOT NULL,
    PRIMARY KEY (bucket, citizen_ref, relative_ref)
);
CREATE INDEX relative_of ON relative (relative_ref);

-- claims, key_id, signature: the symbol on the sheet (B1); null for a sheet whose operation could
-- not be read. The included columns answer a scan from the primary key's index alone. All but
-- copies are indexed in any case, so updates cost no more.
CREATE TABLE code (
    bucket smallint NOT NULL,
    serial bytea NOT NULL,
    citizen_ref bytea NOT NULL,
    state smallint NOT NULL,
    issued_at bigint NOT NULL,
    valid_through integer NOT NULL,
    copies integer NOT NULL,
    duplicate_of bytea,
    revoked_at bigint,
    claims bytea,
    key_id bytea,
    signature bytea,
    PRIMARY KEY (bucket, serial) INCLUDE (state, issued_at, valid_through, copies, claims, key_id)
);
CREATE INDEX code_of_citizen ON code (bucket, citizen_ref);
-- Revocations since a time are queried across all buckets.
CREATE INDEX code_revoked_at ON code (revoked_at) WHERE revoked_at IS NOT NULL;

-- The only code in force of each citizen (L7).
CREATE TABLE current_code (
    bucket smallint NOT NULL,
    citizen_ref bytea NOT NULL,
    serial bytea NOT NULL,
    PRIMARY KEY (bucket, citizen_ref)
);

-- L3: one issue a day, over all channels.
CREATE TABLE issue_day (
    bucket smallint NOT NULL,
    citizen_ref bytea NOT NULL,
    day integer NOT NULL,
    serial bytea NOT NULL,
    PRIMARY KEY (bucket, citizen_ref, day)
);

CREATE TABLE correction (
    bucket smallint NOT NULL,
    correction_id uuid NOT NULL,
    citizen_ref bytea NOT NULL,
    record text NOT NULL,
    PRIMARY KEY (bucket, correction_id)
);
CREATE INDEX correction_of_citizen ON correction (bucket, citizen_ref);

CREATE TABLE escalation (
    bucket smallint NOT NULL,
    escalation_id uuid NOT NULL,
    citizen_ref bytea NOT NULL,
    site text NOT NULL,
    record text NOT NULL,
    closed boolean NOT NULL,
    PRIMARY KEY (bucket, escalation_id)
);
CREATE INDEX escalation_of_citizen ON escalation (bucket, citizen_ref);

-- Operations listed for review, such as an implausible clock or a missing binding. case_number and
-- first_… belong to 'case_number_shared': the number, and the operation of its first citizen.
-- decision and what follows it are a security administrator's. A 'late' operation that is accepted
-- gets its effect then; no other decision changes what the operation did.
CREATE TABLE review (
    bucket smallint NOT NULL,
    device integer NOT NULL,
    epoch integer NOT NULL,
    seq bigint NOT NULL,
    reason text NOT NULL,
    at bigint NOT NULL,
    case_number text,
    first_epoch integer,
    first_seq bigint,
    decision text CHECK (decision IN ('accepted', 'refused')),
    decided_by text,
    decided_reason text,
    decided_at bigint,
    PRIMARY KEY (bucket, device, epoch, seq, reason)
);

-- Requests of portal and kiosk; those of desks are in op_log.
CREATE TABLE channel_event (
    bucket smallint NOT NULL,
    event_id uuid NOT NULL,
    citizen_ref bytea NOT NULL,
    acting_ref bytea NOT NULL,
    channel text NOT NULL,
    client text NOT NULL,
    action text NOT NULL,
    serial bytea,
    at bigint NOT NULL,
    PRIMARY KEY (bucket, event_id)
);

-- Feeds of sites: the newest change of each subject, in order of position.
CREATE TABLE change (
    site text NOT NULL,
    subject text NOT NULL,
    position bigint NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (site, subject)
);
CREATE INDEX change_in_order ON change (site, position);

-- Settings last announced to desks, so that a change is noticed: 'policy'.
CREATE TABLE setting (
    name text PRIMARY KEY,
    value text NOT NULL
);

-- Accounts. record: the newest version, signed by the centre. wrapped_key: the person's private key
-- under the password; opening it is the password check. totp_step: the step of the last code used.
CREATE TABLE staff (
    number text PRIMARY KEY,
    site text NOT NULL REFERENCES site,
    version bigint NOT NULL,
    record text NOT NULL,
    wrapped_key text NOT NULL,
    password_since bigint NOT NULL,
    totp_secret text,
    totp_step bigint NOT NULL DEFAULT 0,
    -- Activation code by which the person sets a password, until they do.
    code_digest bytea,
    code_expires_at bigint,
    failures smallint NOT NULL DEFAULT 0,
    last_failure_at bigint
);

-- Every version of every account: what held when an operation was done, and every key a person
-- ever had, each from valid_from until the next version with another key. changed_by_owner: the
-- change of key as the owner signed it with the key before.
CREATE TABLE staff_version (
    number text NOT NULL,
    version bigint NOT NULL,
    valid_from bigint NOT NULL,
    key_id bytea NOT NULL,
    record text NOT NULL,
    changed_by_owner text,
    PRIMARY KEY (number, version)
);

-- Evidence and photos that arrived here complete, so that deciding need not ask the blob store.
CREATE TABLE blob (
    digest bytea PRIMARY KEY
);

-- Clients of portal and kiosk (N-3). certificate: their key as the root signed it, NULL until they
-- took up the invitation whose code's digest is kept. people: those served or refused in the hour
-- people_hour (hours since 1970).
CREATE TABLE channel_client (
    name text PRIMARY KEY,
    channel text NOT NULL CHECK (channel IN ('portal', 'kiosk')),
    site text NOT NULL REFERENCES site,
    public_key bytea,
    certificate text,
    not_after bigint,
    revoked_at bigint,
    code_digest bytea UNIQUE,
    code_expires_at bigint,
    people_hour bigint NOT NULL DEFAULT 0,
    people integer NOT NULL DEFAULT 0
);

-- Who was counted in an hour, so that one person counts once.
CREATE TABLE channel_person (
    client text NOT NULL,
    hour bigint NOT NULL,
    citizen_ref bytea NOT NULL,
    PRIMARY KEY (client, hour, citizen_ref)
);

-- Every log-in at portal and kiosk, also the refused ones. how: 'card', 'token', 'switch' or
-- 'report'; outcome: 'in' or why not.
CREATE TABLE channel_login (
    login_id uuid PRIMARY KEY,
    client text NOT NULL,
    acting_ref bytea NOT NULL,
    holder_ref bytea NOT NULL,
    how text NOT NULL,
    outcome text NOT NULL,
    at bigint NOT NULL
);
CREATE INDEX channel_login_of_client ON channel_login (client, at);

-- How often a client was refused for a reason that somebody should look at, by the hour.
CREATE TABLE channel_refusal (
    client text NOT NULL,
    hour bigint NOT NULL,
    reason text NOT NULL,
    count integer NOT NULL,
    PRIMARY KEY (client, hour, reason)
);

-- Nonces of assertions and log-in tokens. owner: 'device NUMBER', 'client NAME', or 'login'.
CREATE TABLE used_nonce (
    owner text NOT NULL,
    nonce uuid NOT NULL,
    expires_at bigint NOT NULL,
    PRIMARY KEY (owner, nonce)
);

-- Every look-up of a citizen at a desk, also the refused ones (N-1). operator: staff number, or
-- 'device N' where the settings need no operator. proof: 'card', 'code', 'document' or 'typed';
-- outcome: 'shown', 'unknown', or why not.
CREATE TABLE look_up (
    look_up_id uuid PRIMARY KEY,
    day integer NOT NULL,
    at bigint NOT NULL,
    device integer NOT NULL,
    operator text NOT NULL,
    bucket smallint NOT NULL,
    citizen_ref bytea NOT NULL,
    case_number text COLLATE "C" NOT NULL,
    proof text NOT NULL,
    outcome text NOT NULL
);
CREATE INDEX look_up_of_case ON look_up (device, case_number);
CREATE INDEX look_up_of_operator ON look_up (operator, day, citizen_ref);

-- Citizens each operator has looked up on a day, by proof.
CREATE TABLE look_up_count (
    operator text NOT NULL,
    day integer NOT NULL,
    proof text NOT NULL,
    citizens integer NOT NULL,
    PRIMARY KEY (operator, day, proof)
);

-- Each release allows an operator the day's look-ups once more.
CREATE TABLE look_up_release (
    release_id uuid PRIMARY KEY,
    operator text NOT NULL,
    day integer NOT NULL,
    supervisor text NOT NULL,
    at bigint NOT NULL
);
CREATE INDEX look_up_release_of_operator ON look_up_release (operator, day);

-- Uploads of each desk, reserved when their first piece arrives. complete: the bytes were all here
-- and were those of the digest.
CREATE TABLE blob_upload (
    device integer NOT NULL,
    digest bytea NOT NULL,
    bytes bigint NOT NULL,
    day integer NOT NULL,
    complete boolean NOT NULL DEFAULT false,
    PRIMARY KEY (device, digest)
);
CREATE INDEX blob_upload_of_digest ON blob_upload (digest);

-- Evidence and photos that decided operations of a desk name. Its site may read them (N-2).
CREATE TABLE named_blob (
    digest bytea NOT NULL,
    device integer NOT NULL,
    PRIMARY KEY (digest, device)
);

-- Published signed lists: 'keys', 'revocations', 'revocation_delta'.
CREATE TABLE trust_list (
    kind text NOT NULL,
    version bigint NOT NULL,
    made_at bigint NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (kind, version)
);

-- D2: what the centre did, on its way into the audit log. Written in the transaction it belongs
-- to, without an order between transactions. seal: HMAC under a key that is not in the database.
CREATE TABLE audit_event (
    place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id uuid NOT NULL,
    at bigint NOT NULL,
    kind text NOT NULL,
    body text NOT NULL,
    seal bytea
);

-- Leaves of the log in order, from 0.
CREATE TABLE audit_leaf (
    position bigint PRIMARY KEY,
    id uuid NOT NULL UNIQUE,
    at bigint NOT NULL,
    kind text NOT NULL,
    body text NOT NULL,
    leaf_hash bytea NOT NULL
);

-- Inner nodes over complete subtrees, numbered as in the array of RFC 9420.
CREATE TABLE audit_node (
    node bigint PRIMARY KEY,
    hash bytea NOT NULL
);

-- Signed tree heads: of each minute the last.
CREATE TABLE audit_head (
    minute bigint PRIMARY KEY,
    size bigint NOT NULL,
    signed text NOT NULL
);
CREATE INDEX audit_head_by_size ON audit_head (size, minute);

-- What each desk showed last of its audit and database (D1).
CREATE TABLE desk_audit (
    device integer PRIMARY KEY,
    epoch integer NOT NULL,
    generation uuid NOT NULL,
    rows bigint NOT NULL,
    hash bytea NOT NULL,
    issued_at bigint NOT NULL
);

-- What somebody must look at soon (N-4).
CREATE TABLE alarm (
    place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at bigint NOT NULL,
    kind text NOT NULL,
    device integer,
    staff text,
    detail text NOT NULL
);

-- Counts of a day that become alarms above a threshold: of an account, or, where none is known, of
-- a desk.
CREATE TABLE tally (
    kind text NOT NULL,
    staff text NOT NULL,
    device integer NOT NULL,
    day integer NOT NULL,
    count bigint NOT NULL,
    alarmed boolean NOT NULL DEFAULT false,
    PRIMARY KEY (kind, staff, device, day)
);
