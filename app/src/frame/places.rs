//! The places of the workshop: what the rail, the palette and the keys lead to. Only those that exist.

use crate::components::Shape;

/// One place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) name: &'static str,
    pub(super) path: &'static str,
    pub(super) shape: Shape,
    /// The key that leads there after `g`.
    pub(super) key: &'static str,
}

impl Place {
    /// Whether the page at `path` belongs to this place.
    pub(super) fn holds(&self, path: &str) -> bool {
        match path.strip_prefix(self.path) {
            Some(rest) if self.path == "/" => rest.is_empty(),
            Some(rest) => rest.is_empty() || rest.starts_with('/'),
            None => false,
        }
    }
}

/// All of them, in the order of the rail.
pub(super) const PLACES: [Place; 4] = [
    Place { name: "Overview", path: "/", shape: Shape::House, key: "o" },
    Place { name: "Conversations", path: "/conversations", shape: Shape::Bubble, key: "c" },
    Place { name: "Helpers", path: "/helpers", shape: Shape::Star, key: "h" },
    Place { name: "Projects", path: "/projects", shape: Shape::Folder, key: "p" },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_belongs_to_one_place_at_most() {
        let place =
            |path: &str| PLACES.iter().filter(|place| place.holds(path)).map(|place| place.name).collect::<Vec<_>>();
        assert_eq!(place("/"), ["Overview"]);
        assert_eq!(place("/helpers"), ["Helpers"]);
        assert_eq!(place("/helpers/the_author"), ["Helpers"]);
        assert!(place("/helpersome").is_empty());
    }
}
