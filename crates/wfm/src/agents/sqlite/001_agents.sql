-- The records of agents by user name, of ARN aliases and of the feed: JSON, the number of writes, and the expiry time in
-- seconds since 1970.
CREATE TABLE agents (
    username TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    record   TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
