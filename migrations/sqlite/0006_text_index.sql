-- The index of words takes all messages of a transaction at once, and is told of them where they are written. A trigger told it of each
-- by itself, and after every statement what it had gathered became a piece of the index, to be merged with the others later.

DROP TRIGGER messages_text_insert;
-- Pieces are merged eight at a time instead of four: half as often, and a search looks through a few more.
INSERT INTO messages_text (messages_text, rank) VALUES ('automerge', 8);
