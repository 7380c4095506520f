-- Contacts, and when each expires: expires_at is seconds since 1970.
-- active is true for contacts that have not ended, or whose agent's work may not be over.
-- forgotten is true for contacts that were erased: nothing is kept of them, and no event brings them back.
CREATE TABLE contacts (
    contact_id TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL,
    active     INTEGER NOT NULL DEFAULT 1,
    forgotten  INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX contacts_by_expiry ON contacts (expires_at);
CREATE INDEX contacts_that_are_active ON contacts (contact_id) WHERE active;

-- The registers of their statuses: the text of a value, and its version, which sorts as text.
CREATE TABLE registers (
    contact_id TEXT NOT NULL REFERENCES contacts ON DELETE CASCADE,
    attribute  TEXT NOT NULL,
    version    TEXT NOT NULL,
    value      TEXT NOT NULL,
    PRIMARY KEY (contact_id, attribute)
) WITHOUT ROWID;
CREATE INDEX registers_to_look_up_by ON registers (attribute, value)
    WHERE attribute IN ('Customer_Identifier', 'Connect_InitialContactId');

-- Their histories, by keys that sort by time. A history expires with its contact.
-- ahead_of is the arrival of an event that states a time too far ahead of it, in milliseconds since 1970.
CREATE TABLE history (
    contact_id     TEXT NOT NULL,
    entry          TEXT NOT NULL,
    kind           TEXT NOT NULL,
    body           TEXT NOT NULL,
    original_bytes INTEGER,
    ahead_of       INTEGER,
    PRIMARY KEY (contact_id, entry)
);

-- The names of queues and agents, by ARN, from every record that has both. second is the time of that record.
CREATE TABLE names (
    arn     TEXT PRIMARY KEY,
    name    TEXT NOT NULL,
    second  INTEGER NOT NULL
) WITHOUT ROWID;
