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

-- Of 'case_number_shared': the number, and the operation of its first citizen at the same device.
ALTER TABLE review ADD COLUMN case_number text, ADD COLUMN first_epoch integer, ADD COLUMN first_seq bigint;
