//! Parts of a page that are text, in the browser too: as views, each of their elements is code that every browser fetches,
//! and work once more when the page is taken over.
//!
//! Such a part is written by `maud` from what is shown. When the text changes, what stands on the
//! page is made the same piece by piece, so that the focus, what is typed and what is unfolded stay.

use leptos::html::ElementType;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::{Element, Node};

/// The attribute that tells elements beside each other apart: with the same key they are the same thing, wherever it stands
/// and whatever it says by now.
pub(super) const KEY: &str = "data-key";

/// What belongs to who looks and not to the text: whether something is unfolded.
const THEIRS: &str = "open";

/// In the browser, has `part`, which was made with what `text` was then, follow it.
pub fn follow<E>(part: NodeRef<E>, text: Memo<String>)
where
    E: ElementType,
    E::Output: JsCast + Clone + AsRef<Element> + 'static,
{
    let mut first = Some(text.get_untracked());
    Effect::new(move || {
        text.with(|text| {
            let made = first.take();
            if let Some(part) = part.get_untracked()
                && made.as_ref() != Some(text)
            {
                lay_over(part.as_ref(), text);
            }
        });
    });
}

/// Makes what is inside `part` what `text` says.
fn lay_over(part: &Element, text: &str) {
    // Without what is inside it; fails for no element.
    let Ok(fresh) = part.clone_node() else { return };
    fresh.unchecked_ref::<Element>().set_inner_html(text);
    inside(part, &fresh);
}

/// Makes what is inside `shown` the same as what is inside `fresh`, some of which it takes. None of what is done to the nodes
/// fails: they are there, and of one document.
fn inside(shown: &Node, fresh: &Node) {
    let mut at = shown.first_child();
    let mut next = fresh.first_child();
    while let Some(new) = next {
        next = new.next_sibling();
        match counterpart(at.as_ref(), &new) {
            Some(old) => {
                if at.as_ref() == Some(&old) {
                    at = old.next_sibling();
                } else {
                    let _ = shown.insert_before(&old, at.as_ref());
                }
                same(&old, &new);
            }
            None => drop(shown.insert_before(&new, at.as_ref())),
        }
    }
    while let Some(gone) = at {
        at = gone.next_sibling();
        let _ = shown.remove_child(&gone);
    }
}

/// What among `at` and the nodes after it is the same thing as `new`: what has its key, or what stands there and has none either.
fn counterpart(at: Option<&Node>, new: &Node) -> Option<Node> {
    let wanted = key(new);
    let is_it = |node: &Node| node.node_name() == new.node_name() && key(node) == wanted;
    let mut candidates = std::iter::successors(at.cloned(), Node::next_sibling);
    if wanted.is_some() { candidates.find(is_it) } else { candidates.next().filter(is_it) }
}

fn key(node: &Node) -> Option<String> {
    node.dyn_ref::<Element>()?.get_attribute(KEY)
}

/// Makes `old` say what `new` says.
fn same(old: &Node, new: &Node) {
    if old.is_equal_node(Some(new)) {
        return;
    }
    let (Some(old), Some(new)) = (old.dyn_ref::<Element>(), new.dyn_ref::<Element>()) else {
        old.set_node_value(new.node_value().as_deref());
        return;
    };
    for name in names(new) {
        let value = new.get_attribute(&name);
        if let Some(value) = value
            && old.get_attribute(&name).as_ref() != Some(&value)
        {
            // Fails for malformed names, which no element has.
            let _ = old.set_attribute(&name, &value);
        }
    }
    for name in names(old) {
        if name != THEIRS && !new.has_attribute(&name) {
            let _ = old.remove_attribute(&name);
        }
    }
    inside(old, new);
}

fn names(element: &Element) -> impl Iterator<Item = String> {
    element.get_attribute_names().into_iter().filter_map(|name| name.as_string())
}
