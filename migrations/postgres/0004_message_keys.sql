-- Only messages with a key are looked for by it; the others need no place among them.

DROP INDEX messages_key;
CREATE UNIQUE INDEX messages_key ON messages (sender, key) WHERE key IS NOT NULL;
