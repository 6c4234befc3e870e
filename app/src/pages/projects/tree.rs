//! Paths as a tree of folders and files. Pure.

use super::api::FileLine;

/// A folder or a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A folder with what is in it, folders first.
    Folder {
        /// Its name.
        name: String,
        /// What is in it.
        nodes: Vec<Node>,
    },
    /// A file.
    File {
        /// Its name.
        name: String,
        /// The file.
        file: FileLine,
    },
}

impl Node {
    fn name(&self) -> &str {
        match self {
            Self::Folder { name, .. } | Self::File { name, .. } => name,
        }
    }
}

/// The tree of these files: folders first, then by name.
#[must_use]
pub fn tree(files: &[FileLine]) -> Vec<Node> {
    let mut nodes = Vec::new();
    for file in files {
        let parts: Vec<&str> = file.path.split('/').collect();
        put(&mut nodes, &parts, file);
    }
    sort(&mut nodes);
    nodes
}

fn put(nodes: &mut Vec<Node>, parts: &[&str], file: &FileLine) {
    let [first, rest @ ..] = parts else { return };
    if rest.is_empty() {
        nodes.push(Node::File { name: (*first).to_owned(), file: file.clone() });
        return;
    }
    let found = nodes.iter().position(|node| matches!(node, Node::Folder { name, .. } if name == first));
    let at = found.unwrap_or_else(|| {
        nodes.push(Node::Folder { name: (*first).to_owned(), nodes: Vec::new() });
        nodes.len() - 1
    });
    if let Some(Node::Folder { nodes, .. }) = nodes.get_mut(at) {
        put(nodes, rest, file);
    }
}

fn sort(nodes: &mut [Node]) {
    nodes.sort_by(|a, b| (matches!(a, Node::File { .. }), a.name()).cmp(&(matches!(b, Node::File { .. }), b.name())));
    for node in nodes {
        if let Node::Folder { nodes, .. } = node {
            sort(nodes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(nodes: &[Node]) -> String {
        let one = |node: &Node| match node {
            Node::Folder { name, nodes } => format!("{name}/({})", drawn(nodes)),
            Node::File { name, .. } => name.clone(),
        };
        nodes.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn folders_come_first_and_hold_what_is_theirs() {
        let files: Vec<_> = ["index.html", "js/app.js", "icons/a/b.png", "README.md", "js/a.js"]
            .into_iter()
            .map(|path| FileLine { path: path.into(), size: 1 })
            .collect();
        assert_eq!(drawn(&tree(&files)), "icons/(a/(b.png)) js/(a.js app.js) README.md index.html");
    }
}
