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
