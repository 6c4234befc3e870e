-- The workshop's tables. Times are microseconds since 1970 UTC; ids are UUID version 7.

CREATE TABLE log_state (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    epoch UUID NOT NULL,
    seq BIGINT NOT NULL
);

CREATE TABLE events (
    seq BIGINT PRIMARY KEY,
    id UUID NOT NULL,
    at BIGINT NOT NULL,
    actor JSONB NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    project UUID,
    data JSONB NOT NULL
);
CREATE INDEX events_by_kind ON events (kind, seq);
CREATE INDEX events_by_subject ON events (subject, seq);

CREATE TABLE conversations (
    id UUID PRIMARY KEY NOT NULL,
    title TEXT NOT NULL,
    project UUID,
    pair TEXT,
    participants JSONB NOT NULL,
    message_count BIGINT NOT NULL,
    last_sender TEXT,
    last_text TEXT,
    created_at BIGINT NOT NULL,
    active_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX conversations_pair ON conversations (pair);
CREATE INDEX conversations_by_activity ON conversations (active_at, id);

CREATE TABLE messages (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id UUID NOT NULL,
    conversation UUID NOT NULL REFERENCES conversations (id),
    position BIGINT NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT,
    body TEXT NOT NULL,
    reply_to UUID,
    root UUID NOT NULL,
    hops BIGINT NOT NULL,
    key TEXT,
    at BIGINT NOT NULL
);
CREATE UNIQUE INDEX messages_id ON messages (id);
CREATE UNIQUE INDEX messages_position ON messages (conversation, position);
CREATE UNIQUE INDEX messages_key ON messages (sender, key);
CREATE INDEX messages_by_time ON messages (at);

ALTER TABLE messages ADD COLUMN search tsvector GENERATED ALWAYS AS (to_tsvector('simple', body)) STORED;
CREATE INDEX messages_text ON messages USING gin (search);

CREATE TABLE reads (
    reader TEXT NOT NULL,
    conversation UUID NOT NULL REFERENCES conversations (id),
    position BIGINT NOT NULL,
    PRIMARY KEY (reader, conversation)
);

CREATE TABLE deliveries (
    id UUID PRIMARY KEY NOT NULL,
    message UUID NOT NULL REFERENCES messages (id),
    conversation UUID NOT NULL REFERENCES conversations (id),
    position BIGINT NOT NULL,
    helper TEXT NOT NULL,
    on_behalf_of TEXT,
    root UUID NOT NULL,
    hops BIGINT NOT NULL,
    status TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    queued_at BIGINT NOT NULL,
    delivered_at BIGINT,
    answered_at BIGINT,
    next_attempt_at BIGINT,
    answer UUID,
    error TEXT,
    token BIGINT NOT NULL,
    lease_until BIGINT
);
CREATE UNIQUE INDEX deliveries_once ON deliveries (message, helper);
CREATE INDEX deliveries_open ON deliveries (helper, conversation, position) WHERE status IN ('queued', 'delivered', 'failed');
CREATE INDEX deliveries_dead ON deliveries (id) WHERE status = 'dead';
CREATE INDEX deliveries_by_conversation ON deliveries (conversation, position);
CREATE INDEX deliveries_by_root ON deliveries (root);

CREATE TABLE helpers (
    name TEXT PRIMARY KEY NOT NULL,
    description TEXT NOT NULL,
    version TEXT NOT NULL,
    built_in BOOLEAN NOT NULL,
    wanted BOOLEAN NOT NULL,
    paused BOOLEAN NOT NULL,
    restart TEXT NOT NULL,
    commands JSONB NOT NULL,
    waiting BIGINT NOT NULL,
    active_at BIGINT
);

CREATE TABLE processes (
    id UUID PRIMARY KEY NOT NULL,
    helper TEXT NOT NULL,
    node TEXT NOT NULL,
    status TEXT NOT NULL,
    pid BIGINT,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    restarts BIGINT NOT NULL,
    next_start_at BIGINT,
    reason TEXT
);
CREATE INDEX processes_by_helper ON processes (helper, id);

CREATE TABLE leases (
    name TEXT PRIMARY KEY NOT NULL,
    holder UUID NOT NULL,
    token BIGINT NOT NULL,
    until BIGINT NOT NULL
);

CREATE TABLE projects (
    id UUID PRIMARY KEY NOT NULL,
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    brief TEXT NOT NULL,
    template TEXT NOT NULL,
    template_version TEXT NOT NULL,
    status TEXT NOT NULL,
    head TEXT,
    files BIGINT NOT NULL,
    created_by JSONB NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX projects_slug ON projects (slug);

CREATE TABLE tasks (
    id UUID PRIMARY KEY NOT NULL,
    title TEXT NOT NULL,
    state TEXT NOT NULL,
    steps JSONB NOT NULL,
    owner JSONB NOT NULL,
    project UUID,
    conversation UUID,
    message UUID,
    error TEXT,
    cancel_requested BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX tasks_by_message ON tasks (message);
CREATE INDEX tasks_by_project ON tasks (project);
