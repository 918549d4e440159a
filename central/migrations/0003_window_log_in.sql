-- Codes on phones that desks had checked (I2). Operations name them as the proof of their citizen.
CREATE TABLE window_log_in (
    log_in uuid PRIMARY KEY,
    device integer NOT NULL,
    operator text,
    acting bytea NOT NULL,
    holder bytea NOT NULL,
    at bigint NOT NULL
);
CREATE INDEX window_log_in_at ON window_log_in (at);
