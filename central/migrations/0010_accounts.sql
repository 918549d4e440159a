-- What security administrators of sites did to accounts, as they signed it. Stands for ever.
CREATE TABLE account_act (
    id uuid PRIMARY KEY,
    at bigint NOT NULL,
    device integer NOT NULL,
    staff text NOT NULL,
    second text,
    request text NOT NULL
);
