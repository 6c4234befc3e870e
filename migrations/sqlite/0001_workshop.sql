-- The workshop's tables. Times are microseconds since 1970 UTC; ids are UUID version 7.

CREATE TABLE log_state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch BLOB NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    project BLOB,
    data TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_kind ON events (kind, seq);
CREATE INDEX events_by_subject ON events (subject, seq);

CREATE TABLE conversations (
    id BLOB PRIMARY KEY NOT NULL,
    title TEXT NOT NULL,
    project BLOB,
    pair TEXT,
    participants TEXT NOT NULL,
    message_count INTEGER NOT NULL,
    last_sender TEXT,
    last_text TEXT,
    created_at INTEGER NOT NULL,
    active_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX conversations_pair ON conversations (pair);
CREATE INDEX conversations_by_activity ON conversations (active_at, id);

CREATE TABLE messages (
    number INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    conversation BLOB NOT NULL REFERENCES conversations (id),
    position INTEGER NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT,
    body TEXT NOT NULL,
    reply_to BLOB,
    root BLOB NOT NULL,
    hops INTEGER NOT NULL,
    key TEXT,
    at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX messages_id ON messages (id);
CREATE UNIQUE INDEX messages_position ON messages (conversation, position);
CREATE UNIQUE INDEX messages_key ON messages (sender, key);
CREATE INDEX messages_by_time ON messages (at);

CREATE VIRTUAL TABLE messages_text USING fts5 (body, content = 'messages', content_rowid = 'number', tokenize = 'unicode61');
CREATE TRIGGER messages_text_insert AFTER INSERT ON messages BEGIN
    INSERT INTO messages_text (rowid, body) VALUES (new.number, new.body);
END;

CREATE TABLE reads (
    reader TEXT NOT NULL,
    conversation BLOB NOT NULL REFERENCES conversations (id),
    position INTEGER NOT NULL,
    PRIMARY KEY (reader, conversation)
) STRICT;

CREATE TABLE deliveries (
    id BLOB PRIMARY KEY NOT NULL,
    message BLOB NOT NULL REFERENCES messages (id),
    conversation BLOB NOT NULL REFERENCES conversations (id),
    position INTEGER NOT NULL,
    helper TEXT NOT NULL,
    on_behalf_of TEXT,
    root BLOB NOT NULL,
    hops INTEGER NOT NULL,
    status TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    queued_at INTEGER NOT NULL,
    delivered_at INTEGER,
    answered_at INTEGER,
    next_attempt_at INTEGER,
    answer BLOB,
    error TEXT,
    token INTEGER NOT NULL,
    lease_until INTEGER
) STRICT;
CREATE UNIQUE INDEX deliveries_once ON deliveries (message, helper);
CREATE INDEX deliveries_open ON deliveries (helper, conversation, position) WHERE status IN ('queued', 'delivered', 'failed');
CREATE INDEX deliveries_dead ON deliveries (id) WHERE status = 'dead';
CREATE INDEX deliveries_by_conversation ON deliveries (conversation, position);
CREATE INDEX deliveries_by_root ON deliveries (root);

CREATE TABLE helpers (
    name TEXT PRIMARY KEY NOT NULL,
    description TEXT NOT NULL,
    version TEXT NOT NULL,
    built_in INTEGER NOT NULL,
    wanted INTEGER NOT NULL,
    paused INTEGER NOT NULL,
    restart TEXT NOT NULL,
    commands TEXT NOT NULL,
    waiting INTEGER NOT NULL,
    active_at INTEGER
) STRICT;

CREATE TABLE processes (
    id BLOB PRIMARY KEY NOT NULL,
    helper TEXT NOT NULL,
    node TEXT NOT NULL,
    status TEXT NOT NULL,
    pid INTEGER,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    restarts INTEGER NOT NULL,
    next_start_at INTEGER,
    reason TEXT
) STRICT;
CREATE INDEX processes_by_helper ON processes (helper, id);

CREATE TABLE leases (
    name TEXT PRIMARY KEY NOT NULL,
    holder BLOB NOT NULL,
    token INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT;

CREATE TABLE projects (
    id BLOB PRIMARY KEY NOT NULL,
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    brief TEXT NOT NULL,
    template TEXT NOT NULL,
    template_version TEXT NOT NULL,
    status TEXT NOT NULL,
    head TEXT,
    files INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX projects_slug ON projects (slug);

CREATE TABLE tasks (
    id BLOB PRIMARY KEY NOT NULL,
    title TEXT NOT NULL,
    state TEXT NOT NULL,
    steps TEXT NOT NULL,
    owner TEXT NOT NULL,
    project BLOB,
    conversation BLOB,
    message BLOB,
    error TEXT,
    cancel_requested INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX tasks_by_message ON tasks (message);
CREATE INDEX tasks_by_project ON tasks (project);
