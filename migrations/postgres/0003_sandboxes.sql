-- What sandboxes bring: commands run in them, what helpers ask people to allow, and what sandboxes may have.

ALTER TABLE processes ADD COLUMN room TEXT;

CREATE TABLE runs (
    id UUID PRIMARY KEY NOT NULL,
    node TEXT NOT NULL,
    project UUID NOT NULL,
    command TEXT NOT NULL,
    preset TEXT NOT NULL,
    terminal BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    room TEXT,
    verdict TEXT,
    exit_status BIGINT,
    reason TEXT,
    owner JSONB NOT NULL,
    task UUID,
    conversation UUID,
    output_bytes BIGINT NOT NULL,
    cut BOOLEAN NOT NULL,
    peak_memory_bytes BIGINT,
    cpu_micros BIGINT,
    hosts JSONB NOT NULL,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    ended_at BIGINT
);
CREATE INDEX runs_by_project ON runs (project, id);
CREATE INDEX runs_open ON runs (id) WHERE state IN ('queued', 'running');

CREATE TABLE permissions (
    id UUID PRIMARY KEY NOT NULL,
    helper TEXT NOT NULL,
    on_behalf_of TEXT,
    project UUID,
    conversation UUID NOT NULL REFERENCES conversations (id),
    delivery UUID NOT NULL REFERENCES deliveries (id),
    message UUID NOT NULL REFERENCES messages (id),
    what TEXT NOT NULL,
    command TEXT,
    state TEXT NOT NULL,
    always BOOLEAN NOT NULL,
    rule TEXT,
    asked_at BIGINT NOT NULL,
    decided_at BIGINT,
    decided_by TEXT
);
CREATE INDEX permissions_asked ON permissions (id) WHERE state = 'asked';
CREATE INDEX permissions_by_delivery ON permissions (delivery);
CREATE INDEX permissions_by_message ON permissions (message);
CREATE INDEX permissions_by_conversation ON permissions (conversation, id);

CREATE TABLE policies (
    subject TEXT PRIMARY KEY NOT NULL,
    project UUID,
    limits JSONB NOT NULL,
    rules JSONB NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL
);
