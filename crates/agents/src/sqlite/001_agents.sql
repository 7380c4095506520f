-- The records of agents by Region, Connect instance and user name, of ARN aliases and of the consumer's state: JSON, the number
-- of writes, and the expiry time in seconds since 1970.
CREATE TABLE agents (
    agent    TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    record   TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
