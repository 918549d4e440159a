-- Institutions of collective service (集体代办, I5), who may act for them, and their rosters. Days are
-- numbers yyyymmdd; through_day is the last day that counts, NULL means no end.

CREATE TABLE institution (
    institution uuid PRIMARY KEY,
    name text NOT NULL UNIQUE,
    kind text NOT NULL CHECK (kind IN ('residents_committee', 'villagers_committee', 'nursing_home', 'school',
                                       'welfare', 'hospital')),
    address text NOT NULL,
    added_at bigint NOT NULL
);

-- People who may act for an institution. Numbers are in the modern form, as in roster_person.
CREATE TABLE institution_agent (
    institution uuid NOT NULL REFERENCES institution,
    number text NOT NULL,
    name text NOT NULL,
    from_day integer NOT NULL,
    through_day integer,
    PRIMARY KEY (institution, number)
);
CREATE INDEX institution_of_agent ON institution_agent (number);

-- Rosters: an import makes a new one and ends the one before with its day.
CREATE TABLE roster (
    list uuid PRIMARY KEY,
    institution uuid NOT NULL REFERENCES institution,
    from_day integer NOT NULL,
    through_day integer,
    imported_at bigint NOT NULL
);
CREATE INDEX roster_of_institution ON roster (institution, from_day);

CREATE TABLE roster_person (
    list uuid NOT NULL REFERENCES roster,
    position integer NOT NULL,
    number text NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (list, position),
    UNIQUE (list, number)
);

-- Rosters that were shown at a desk. Whoever is on one may be looked up there that day without a
-- card (N-1).
CREATE TABLE roster_visit (
    device integer NOT NULL,
    operator text NOT NULL,
    day integer NOT NULL,
    list uuid NOT NULL REFERENCES roster,
    case_number text NOT NULL,
    PRIMARY KEY (device, operator, day, list)
);
