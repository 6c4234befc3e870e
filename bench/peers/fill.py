"""Makes the log of a stopped workshop longer, by events like its newest one: fill.py DATABASE EVENTS"""

import sqlite3
import sys

database, events = sqlite3.connect(sys.argv[1]), int(sys.argv[2])
with database:
    (head,) = database.execute("SELECT seq FROM log_state").fetchone()
    # Messages would need their rows beside them; an event that tells a conversation's state anew needs nothing.
    database.execute(
        """
        WITH RECURSIVE number (seq) AS (SELECT ?1 + 1 UNION ALL SELECT seq + 1 FROM number WHERE seq < ?2)
        INSERT INTO events (seq, id, at, actor, kind, subject, project, data)
        SELECT number.seq, randomblob(16), at, actor, kind, subject, project, data
        FROM number CROSS JOIN (SELECT * FROM events WHERE kind LIKE 'conversation%' ORDER BY seq DESC LIMIT 1)
        """,
        (head, events),
    )
    database.execute("UPDATE log_state SET seq = max(seq, ?)", (events,))
database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
database.close()
