-- After the centre was put back to an earlier state its verdicts on operations after this number are heard again; null otherwise.
ALTER TABLE sync_state ADD COLUMN recheck_after INTEGER;

-- What the centre had decided on the operation before it decided anew.
ALTER TABLE conflict ADD COLUMN before TEXT;
