-- Accounts: people, what they may do, and their ways in. A secret is never here: of sessions, tokens, invitations and
-- set-up links only the SHA-256, of passwords only what the hash function made of them, of the rest only what was sealed.

CREATE TABLE users (
    name TEXT PRIMARY KEY NOT NULL,
    display_name TEXT NOT NULL,
    role TEXT,
    time_zone TEXT NOT NULL,
    disabled INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE user_roles (
    user_name TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    project BLOB NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (user_name, project)
) STRICT;

CREATE TABLE passwords (
    user_name TEXT PRIMARY KEY NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    phc TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE user_groups (
    name TEXT PRIMARY KEY NOT NULL,
    role TEXT
) STRICT;

CREATE TABLE group_members (
    group_name TEXT NOT NULL REFERENCES user_groups (name) ON DELETE CASCADE,
    user_name TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    PRIMARY KEY (group_name, user_name)
) STRICT;
CREATE INDEX group_members_by_user ON group_members (user_name);

CREATE TABLE group_roles (
    group_name TEXT NOT NULL REFERENCES user_groups (name) ON DELETE CASCADE,
    project BLOB NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (group_name, project)
) STRICT;

CREATE TABLE invitations (
    id BLOB PRIMARY KEY NOT NULL,
    hash BLOB NOT NULL,
    role TEXT NOT NULL,
    project BLOB,
    created_by TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_by TEXT,
    revoked INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX invitations_hash ON invitations (hash);

CREATE TABLE setup_links (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    hash BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    id BLOB PRIMARY KEY NOT NULL,
    hash BLOB NOT NULL,
    user_name TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    device TEXT NOT NULL,
    place TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX sessions_hash ON sessions (hash);
CREATE INDEX sessions_by_user ON sessions (user_name, used_at);

CREATE TABLE api_tokens (
    id BLOB PRIMARY KEY NOT NULL,
    hash BLOB NOT NULL,
    user_name TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    name TEXT NOT NULL,
    scope TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER,
    revoked INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX api_tokens_hash ON api_tokens (hash);
CREATE INDEX api_tokens_by_user ON api_tokens (user_name);

CREATE TABLE passkeys (
    id BLOB PRIMARY KEY NOT NULL,
    user_name TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    name TEXT NOT NULL,
    credential BLOB NOT NULL,
    public_key TEXT NOT NULL,
    counter INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE UNIQUE INDEX passkeys_credential ON passkeys (credential);
CREATE INDEX passkeys_by_user ON passkeys (user_name);

CREATE TABLE oidc_identities (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_name TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    linked_at INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)
) STRICT;
CREATE INDEX oidc_identities_by_user ON oidc_identities (user_name);

CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY NOT NULL,
    algorithm TEXT NOT NULL,
    sealed BLOB NOT NULL,
    public_jwk TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER
) STRICT;

CREATE TABLE secrets (
    name TEXT PRIMARY KEY NOT NULL,
    sealed BLOB NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

-- The token by which a person set a delivery off: the helper may no more than it.
ALTER TABLE deliveries ADD COLUMN api_token BLOB;
CREATE INDEX conversations_by_project ON conversations (project, active_at);
