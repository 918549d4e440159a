-- Whether the centre's copy of a correction counts once nothing of this desk waits on it: it came while something waited, or a step of this desk
-- was refused. A copy from before an own step that was applied is older than what is here.
ALTER TABLE correction ADD COLUMN central_counts INTEGER NOT NULL DEFAULT 0;
UPDATE correction SET central_counts = central_record IS NOT NULL;

-- A receipt finds the code its operation made without walking through all of them.
CREATE INDEX code_by_operation ON code (epoch, seq) WHERE seq IS NOT NULL;
