-- What sandboxes bring: commands run in them, what helpers ask people to allow, and what sandboxes may have.

ALTER TABLE processes ADD COLUMN room TEXT;

CREATE TABLE runs (
    id BLOB PRIMARY KEY NOT NULL,
    node TEXT NOT NULL,
    project BLOB NOT NULL,
    command TEXT NOT NULL,
    preset TEXT NOT NULL,
    terminal INTEGER NOT NULL,
    state TEXT NOT NULL,
    room TEXT,
    verdict TEXT,
    exit_status INTEGER,
    reason TEXT,
    owner TEXT NOT NULL,
    task BLOB,
    conversation BLOB,
    output_bytes INTEGER NOT NULL,
    cut INTEGER NOT NULL,
    peak_memory_bytes INTEGER,
    cpu_micros INTEGER,
    hosts TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER
) STRICT;
CREATE INDEX runs_by_project ON runs (project, id);
CREATE INDEX runs_open ON runs (id) WHERE state IN ('queued', 'running');

CREATE TABLE permissions (
    id BLOB PRIMARY KEY NOT NULL,
    helper TEXT NOT NULL,
    on_behalf_of TEXT,
    project BLOB,
    conversation BLOB NOT NULL REFERENCES conversations (id),
    delivery BLOB NOT NULL REFERENCES deliveries (id),
    message BLOB NOT NULL REFERENCES messages (id),
    what TEXT NOT NULL,
    command TEXT,
    state TEXT NOT NULL,
    always INTEGER NOT NULL,
    rule TEXT,
    asked_at INTEGER NOT NULL,
    decided_at INTEGER,
    decided_by TEXT
) STRICT;
CREATE INDEX permissions_asked ON permissions (id) WHERE state = 'asked';
CREATE INDEX permissions_by_delivery ON permissions (delivery);
CREATE INDEX permissions_by_message ON permissions (message);
CREATE INDEX permissions_by_conversation ON permissions (conversation, id);

CREATE TABLE policies (
    subject TEXT PRIMARY KEY NOT NULL,
    project BLOB,
    limits TEXT NOT NULL,
    rules TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL
) STRICT;
