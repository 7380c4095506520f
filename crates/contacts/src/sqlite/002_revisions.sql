-- How often a contact was written: a reader who holds one reads it again when this, or when it expires, has changed.
ALTER TABLE contacts ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
