//! The answers in the making, put together from their pieces.

use domain::stream::Draft;
use domain::{ConversationId, DeliveryId, DeliveryStatus};

use crate::few::Few;

/// The answers in the making, by delivery.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Drafts(Few<DeliveryId, Draft>);

impl Drafts {
    /// Puts a piece where it belongs. A piece that begins past the end was preceded by one that was missed: it is
    /// left out, since the whole answer follows as a message anyway.
    pub fn put(&mut self, piece: &Draft) {
        match self.0.get_mut(&piece.delivery) {
            Some(whole) if piece.offset > 0 => {
                let at = usize::try_from(piece.offset).unwrap_or(usize::MAX);
                if at <= whole.text.len() && whole.text.is_char_boundary(at) {
                    whole.text.truncate(at);
                    whole.text.push_str(&piece.text);
                }
            }
            None if piece.offset > 0 => {}
            _ => {
                self.0.insert(piece.delivery, piece.clone());
            }
        }
    }

    /// The deliveries that nobody works on any more after `changes`. What a delivery went through on the way does not
    /// count: its answer may have begun since.
    #[must_use]
    pub fn over(changes: impl Iterator<Item = (DeliveryId, DeliveryStatus)>) -> Vec<DeliveryId> {
        let mut standing = Few::default();
        standing.extend(changes);
        let over = standing.iter().filter(|(_, status)| **status != DeliveryStatus::Delivered);
        over.map(|(delivery, _)| *delivery).collect()
    }

    /// Forgets the one of `delivery`: its answer is there, or will not come.
    pub fn end(&mut self, delivery: DeliveryId) {
        self.0.remove(&delivery);
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Those of one conversation, oldest delivery first.
    #[must_use]
    pub fn of(&self, conversation: ConversationId) -> Vec<Draft> {
        let drafts = self.0.iter().map(|(_, draft)| draft);
        drafts.filter(|draft| draft.conversation == conversation).cloned().collect()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_began_within_the_same_moment_is_not_over() {
        use DeliveryStatus::{Answered, Delivered, Queued};
        let [one, two, three] = [1, 2, 3].map(|number| DeliveryId(uuid::Uuid::from_u128(number)));
        let changes = [(one, Queued), (two, Delivered), (one, Delivered), (two, Answered), (three, Queued)];
        assert_eq!(Drafts::over(changes.into_iter()), [two, three]);
    }

    fn piece(offset: u32, text: &str) -> Draft {
        Draft {
            delivery: DeliveryId(uuid::Uuid::nil()),
            project: None,
            conversation: ConversationId(uuid::Uuid::nil()),
            helper: "the_author".parse().unwrap(),
            offset,
            text: text.into(),
        }
    }

    fn text(drafts: &Drafts) -> String {
        drafts.of(ConversationId(uuid::Uuid::nil())).into_iter().map(|draft| draft.text).collect()
    }

    #[test]
    fn pieces_make_a_whole_and_a_gap_is_not_papered_over() {
        let mut drafts = Drafts::default();
        drafts.put(&piece(3, "too late"));
        assert!(drafts.is_empty());
        drafts.put(&piece(0, "Plän"));
        drafts.put(&piece(5, " for pods"));
        drafts.put(&piece(99, "lost"));
        assert_eq!(text(&drafts), "Plän for pods");
        drafts.put(&piece(3, "cut inside a letter"));
        assert_eq!(text(&drafts), "Plän for pods");
        drafts.put(&piece(0, "Anew"));
        assert_eq!(text(&drafts), "Anew");
        drafts.end(DeliveryId(uuid::Uuid::nil()));
        assert!(drafts.is_empty());
    }
}
