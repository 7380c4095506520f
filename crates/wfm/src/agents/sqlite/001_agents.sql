-- What is kept of each agent, by user name, and of the feed as a whole: JSON, a count of its writes, and when it may
-- go, in seconds since 1970.
CREATE TABLE agents (
    username TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    record   TEXT NOT NULL,
    expires  INTEGER NOT NULL
) WITHOUT ROWID;
