-- What every message wrote and hardly anything read. Events are looked for by what they are about in one place, by kind as well, which few
-- have; messages of a time are found by their ids, which begin with it.

DROP INDEX events_by_subject;
DROP INDEX messages_by_time;
