-- Contacts that something is known of; expires is seconds since 1970.
CREATE TABLE contacts (
    contact_id TEXT PRIMARY KEY,
    expires    INTEGER NOT NULL
);
CREATE INDEX contacts_by_expiry ON contacts (expires);

-- What is known of them: the text of a value, and its version, which sorts as text.
CREATE TABLE registers (
    contact_id TEXT NOT NULL REFERENCES contacts ON DELETE CASCADE,
    attribute  TEXT NOT NULL,
    version    TEXT NOT NULL,
    value      TEXT NOT NULL,
    PRIMARY KEY (contact_id, attribute)
) WITHOUT ROWID;
CREATE INDEX registers_to_look_up_by ON registers (attribute, value)
    WHERE attribute IN ('Customer_Identifier', 'Connect_InitialContactId');

-- Their histories, by keys that sort by time.
CREATE TABLE history (
    contact_id     TEXT NOT NULL,
    entry          TEXT NOT NULL,
    kind           TEXT NOT NULL,
    body           TEXT NOT NULL,
    original_bytes INTEGER,
    expires        INTEGER NOT NULL,
    PRIMARY KEY (contact_id, entry)
);
CREATE INDEX history_by_expiry ON history (expires);
