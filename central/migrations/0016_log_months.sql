-- The operations' log and the proofs of its batches in partitions, one for each month of receipt
-- in Shanghai, so that a month can go as a whole once it is archived. Whoever looks for an
-- operation by its number says from when on: month_since in device_head.

ALTER TABLE device_head
    -- First operation received in the newest month, and when: none from it on was received earlier.
    ADD COLUMN month_seq bigint NOT NULL DEFAULT 0,
    ADD COLUMN month_since bigint NOT NULL DEFAULT 0;

-- Makes the partitions of the months from one instant through another, as far as they are missing.
-- Attached and not created in place: readers and writers of the log do not wait for that.
CREATE FUNCTION make_log_months(since bigint, until bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    -- Wall clock of Shanghai, eight hours ahead.
    month timestamp := date_trunc('month', to_timestamp(since / 1000.0) AT TIME ZONE 'UTC' + interval '8 hours');
    after timestamp;
    parent text;
    part text;
BEGIN
    WHILE month <= to_timestamp(until / 1000.0) AT TIME ZONE 'UTC' + interval '8 hours' LOOP
        after := month + interval '1 month';
        FOREACH parent IN ARRAY ARRAY['op_log', 'batch_proof'] LOOP
            part := parent || to_char(month, '_YYYYMM');
            IF to_regclass(part) IS NULL THEN
                EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', part, parent);
                EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', parent, part,
                               extract(epoch FROM month - interval '8 hours')::bigint * 1000,
                               extract(epoch FROM after - interval '8 hours')::bigint * 1000);
            END IF;
        END LOOP;
        month := after;
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION make_log_months FROM PUBLIC;

ALTER TABLE op_log RENAME TO op_log_before;
ALTER INDEX op_log_pkey RENAME TO op_log_before_pkey;
ALTER TABLE batch_proof RENAME TO batch_proof_before;
ALTER INDEX batch_proof_pkey RENAME TO batch_proof_before_pkey;

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
    PRIMARY KEY (device, epoch, seq, received_at)
) PARTITION BY RANGE (received_at);

CREATE TABLE batch_proof (
    device integer NOT NULL,
    epoch integer NOT NULL,
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL,
    received_at bigint NOT NULL,
    signature text NOT NULL,
    sessions text NOT NULL,
    PRIMARY KEY (device, epoch, last_seq, received_at)
) PARTITION BY RANGE (received_at);

-- Whoever works on the tables goes on while this is done.
DO $$ DECLARE granted record; BEGIN
    FOR granted IN
        SELECT replace(c.relname, '_before', '') AS log, a.privilege_type AS privilege, a.grantee::regrole AS role
        FROM pg_class c, aclexplode(c.relacl) a
        WHERE c.oid IN ('op_log_before'::regclass, 'batch_proof_before'::regclass) AND a.grantee NOT IN (0, c.relowner)
    LOOP
        EXECUTE format('GRANT %s ON %I TO %s', granted.privilege, granted.log, granted.role);
    END LOOP;
END $$;

SELECT make_log_months(coalesce((SELECT min(received_at) FROM op_log_before), extract(epoch FROM now())::bigint * 1000),
                       extract(epoch FROM now())::bigint * 1000);
INSERT INTO op_log (device, epoch, seq, bucket, citizen_ref, hash, received_at, unproven, operation)
    SELECT device, epoch, seq, bucket, citizen_ref, hash, received_at, unproven, operation FROM op_log_before;
INSERT INTO batch_proof (device, epoch, first_seq, last_seq, received_at, signature, sessions)
    SELECT device, epoch, first_seq, last_seq, received_at, signature, sessions FROM batch_proof_before;
DROP TABLE op_log_before, batch_proof_before;

-- Months that were written to the archive: the manifest as the centre signed it.
CREATE TABLE archived_month (
    month integer PRIMARY KEY,
    manifest text NOT NULL
);

-- What stays of an operation whose month is gone: enough to know it when it comes again, and to
-- answer with its receipt. deed: digest of what it did. It and op_id are NULL for one that cannot
-- be read.
CREATE TABLE archived_op (
    device integer NOT NULL,
    epoch integer NOT NULL,
    seq bigint NOT NULL,
    bucket smallint NOT NULL,
    received_at bigint NOT NULL,
    hash bytea NOT NULL,
    op_id uuid,
    deed bytea,
    PRIMARY KEY (device, epoch, seq)
);
