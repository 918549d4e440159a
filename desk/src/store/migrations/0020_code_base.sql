-- The state of a code is computed: from its base, which is what the code was when it was first written down here, moved by what the centre has
-- told since; and from the operations of this desk on it of which the centre has not told what came of them, each with what the code becomes.

CREATE TABLE code_change_now (
    serial  TEXT    NOT NULL REFERENCES code (serial) ON DELETE CASCADE,
    n       INTEGER NOT NULL,
    becomes TEXT    NOT NULL,
    PRIMARY KEY (serial, n)
) STRICT, WITHOUT ROWID;
INSERT INTO code_change_now (serial, n, becomes)
    SELECT serial, n, becomes FROM
        (SELECT h.serial, h.epoch << 32 | h.seq AS n,
             coalesce(lead(h.was) OVER (PARTITION BY h.serial ORDER BY h.epoch, h.seq), c.state) AS becomes
         FROM code_change h JOIN code c USING (serial))
    WHERE n IN (SELECT n FROM outbox);

ALTER TABLE code ADD COLUMN base TEXT NOT NULL DEFAULT 'live';
UPDATE code SET base = coalesce(
    (SELECT json_extract(w.code, '$.state') FROM code_word w WHERE w.serial = code.serial),
    (SELECT h.was FROM code_change h JOIN code_change_now c ON c.serial = h.serial AND c.n = (h.epoch << 32 | h.seq)
        WHERE h.serial = code.serial ORDER BY c.n LIMIT 1),
    state);
UPDATE code SET state = base WHERE base IN ('superseded', 'voided') OR base = 'lost' AND state = 'live';

DROP TABLE code_word;
DROP TABLE code_change;
ALTER TABLE code_change_now RENAME TO code_change;
