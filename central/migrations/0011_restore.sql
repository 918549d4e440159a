-- Statements that this database was put back to an earlier state, signed by the centre.
CREATE TABLE restore (
    generation bigint PRIMARY KEY,
    leaves bigint NOT NULL,
    statement text NOT NULL
);

-- Desks that handed in what they hold, and the newest head of the audit log that each had seen.
CREATE TABLE restore_witness (
    generation bigint NOT NULL REFERENCES restore,
    device integer NOT NULL,
    at bigint NOT NULL,
    leaves bigint NOT NULL,
    -- Version of the list of keys that it handed in; 0 = none.
    keys bigint NOT NULL,
    PRIMARY KEY (generation, device)
);

-- What came back from them, and what is known to be lost. kind: see `store::postgres::restore`.
CREATE TABLE restore_item (
    generation bigint NOT NULL REFERENCES restore,
    kind text NOT NULL,
    subject text NOT NULL,
    detail text NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (generation, kind, subject)
);
