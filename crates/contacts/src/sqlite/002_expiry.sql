-- A contact and its history expire together, so the contact's expiry alone counts.
DROP INDEX history_by_expiry;
ALTER TABLE history DROP COLUMN expires;
-- When an event came that states a time too far ahead of that, in milliseconds since 1970.
ALTER TABLE history ADD COLUMN ahead_of INTEGER;

-- Those that have not ended: as many as a centre has at once, however many it has had.
ALTER TABLE contacts ADD COLUMN active INTEGER NOT NULL DEFAULT 1;
CREATE INDEX contacts_that_are_active ON contacts (contact_id) WHERE active;

-- What queues and agents are called, by ARN: learned from every record that has both. The second is when it was so called.
CREATE TABLE names (
    arn     TEXT PRIMARY KEY,
    name    TEXT NOT NULL,
    second  INTEGER NOT NULL
) WITHOUT ROWID;
