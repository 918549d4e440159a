-- Home visits (上门服务). At most one is not returned. `sealed_key` opens what was taken along; it is
-- sealed by the vault, and gone once the kit is wiped.
CREATE TABLE visit (
    id          TEXT PRIMARY KEY,
    state       TEXT    NOT NULL,
    operator    TEXT    NOT NULL,
    -- Case under which the kit was asked for.
    case_number TEXT,
    sealed_key  BLOB,
    -- Blank sheets that are taken along.
    sheets      INTEGER NOT NULL,
    taken_at    INTEGER,
    ends_at     INTEGER,
    wiped_at    INTEGER,
    -- What the return report says.
    report      TEXT,
    changed_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX visit_under_way ON visit (state <> 'returned') WHERE state <> 'returned';

-- The people of its list. View and photo are sealed under the kit's key. Wiping leaves only the
-- reference, which tells whom something was done for, until the visit is returned.
CREATE TABLE visit_person (
    visit        TEXT    NOT NULL REFERENCES visit,
    position     INTEGER NOT NULL,
    citizen_ref  TEXT    NOT NULL,
    -- Until the view is here, which has it.
    number        TEXT,
    masked_number TEXT,
    ground       TEXT    NOT NULL,
    -- Once one is known.
    masked_name  TEXT,
    -- Why the centre gave nothing.
    refusal      TEXT,
    in_kit       INTEGER NOT NULL DEFAULT 0,
    sealed_view  BLOB,
    photo        TEXT,
    sealed_photo BLOB,
    PRIMARY KEY (visit, position),
    UNIQUE (visit, citizen_ref)
) STRICT, WITHOUT ROWID;
CREATE INDEX visit_person_by_citizen ON visit_person (citizen_ref);
