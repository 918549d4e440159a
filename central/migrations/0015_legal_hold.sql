-- What is kept whatever its age, because a court, an auditor or a complaint needs it: a case, a
-- citizen or a site. Both tables stand for ever.
CREATE TABLE legal_hold (
    hold uuid PRIMARY KEY,
    case_number text COLLATE "C",
    citizen_ref bytea,
    site text REFERENCES site,
    reason text NOT NULL,
    placed_at bigint NOT NULL,
    placed_by text NOT NULL,
    CHECK (num_nonnulls(case_number, citizen_ref, site) = 1)
);

-- second: who agreed.
CREATE TABLE legal_hold_lift (
    hold uuid PRIMARY KEY REFERENCES legal_hold,
    reason text NOT NULL,
    lifted_at bigint NOT NULL,
    lifted_by text NOT NULL,
    second text NOT NULL
);

CREATE VIEW hold_in_force AS
    SELECT h.hold, h.case_number, h.citizen_ref, h.site FROM legal_hold h
    WHERE NOT EXISTS (SELECT FROM legal_hold_lift l WHERE l.hold = h.hold);
