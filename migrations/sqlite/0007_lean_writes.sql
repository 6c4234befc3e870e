-- What every message wrote and hardly anything read. Events are looked for by what they are about in one place, by kind as well, which few
-- have; messages of a time are found by their ids, which begin with it; how many words a text has is counted where it matters.

DROP INDEX events_by_subject;
DROP INDEX messages_by_time;

-- Made anew, because the option cannot be changed: some ten seconds for a million messages.
DROP TABLE messages_text;
CREATE VIRTUAL TABLE messages_text USING fts5
    (body, content = 'messages', content_rowid = 'number', tokenize = 'unicode61', columnsize = 0);
INSERT INTO messages_text (messages_text, rank) VALUES ('automerge', 8);
INSERT INTO messages_text (messages_text) VALUES ('rebuild');

-- The last message that the index of words knows. It is told of many at once.
CREATE TABLE messages_text_known (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL
) STRICT;
INSERT INTO messages_text_known (id, number) SELECT 1, coalesce(max(number), 0) FROM messages;
