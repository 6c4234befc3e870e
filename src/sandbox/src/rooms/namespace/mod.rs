//! Sandboxes by Linux namespaces, with bubblewrap and this machine's own tools read-only.
