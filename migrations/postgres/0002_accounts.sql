-- Accounts: people, what they may do, and their ways in. A secret is never here: of sessions, tokens, invitations and
-- set-up links only the SHA-256, of passwords only what the hash function made of them, of the rest only what was sealed.

CREATE TABLE users (
    name TEXT PRIMARY KEY NOT NULL,
    display_name TEXT NOT NULL,
    role TEXT,
    time_zone TEXT NOT NULL,
    disabled BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE user_roles (
    user_name TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    project UUID NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (user_name, project)
);

CREATE TABLE passwords (
    user_name TEXT PRIMARY KEY NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    phc TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);

CREATE TABLE user_groups (
    name TEXT PRIMARY KEY NOT NULL,
    role TEXT
);

CREATE TABLE group_members (
    group_name TEXT NOT NULL REFERENCES user_groups (name) ON DELETE CASCADE,
    user_name TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    PRIMARY KEY (group_name, user_name)
);
CREATE INDEX group_members_by_user ON group_members (user_name);

CREATE TABLE group_roles (
    group_name TEXT NOT NULL REFERENCES user_groups (name) ON DELETE CASCADE,
    project UUID NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (group_name, project)
);

CREATE TABLE invitations (
    id UUID PRIMARY KEY NOT NULL,
    hash BYTEA NOT NULL,
    role TEXT NOT NULL,
    project UUID,
    created_by TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_by TEXT,
    revoked BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX invitations_hash ON invitations (hash);

CREATE TABLE setup_links (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    hash BYTEA NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    id UUID PRIMARY KEY NOT NULL,
    hash BYTEA NOT NULL,
    user_name TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    device TEXT NOT NULL,
    place TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX sessions_hash ON sessions (hash);
CREATE INDEX sessions_by_user ON sessions (user_name, used_at);

CREATE TABLE api_tokens (
    id UUID PRIMARY KEY NOT NULL,
    hash BYTEA NOT NULL,
    user_name TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    name TEXT NOT NULL,
    scope JSONB NOT NULL,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT,
    revoked BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX api_tokens_hash ON api_tokens (hash);
CREATE INDEX api_tokens_by_user ON api_tokens (user_name);

CREATE TABLE passkeys (
    id UUID PRIMARY KEY NOT NULL,
    user_name TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    name TEXT NOT NULL,
    credential BYTEA NOT NULL,
    public_key JSONB NOT NULL,
    counter BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE UNIQUE INDEX passkeys_credential ON passkeys (credential);
CREATE INDEX passkeys_by_user ON passkeys (user_name);

CREATE TABLE oidc_identities (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_name TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    linked_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX oidc_identities_by_user ON oidc_identities (user_name);

CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY NOT NULL,
    algorithm TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    public_jwk JSONB NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT
);

CREATE TABLE secrets (
    name TEXT PRIMARY KEY NOT NULL,
    sealed BYTEA NOT NULL,
    changed_at BIGINT NOT NULL
);

-- The token by which a person set a delivery off: the helper may no more than it.
ALTER TABLE deliveries ADD COLUMN api_token UUID;
CREATE INDEX conversations_by_project ON conversations (project, active_at);
