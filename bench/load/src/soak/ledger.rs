//! What was acknowledged, held against what is kept.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

use super::fault::Fault;

/// A message that the server said it has.
#[derive(Debug, Clone)]
pub(crate) struct Acknowledged {
    /// Who said it.
    pub(crate) sender: String,
    /// Under which key.
    pub(crate) key: String,
    /// What.
    pub(crate) body: String,
    /// Its id.
    pub(crate) id: String,
    /// Its place in the conversation.
    pub(crate) position: i64,
    /// When it was first sent off, in microseconds of the soak.
    pub(crate) sent: u128,
    /// When the server said that it has it.
    pub(crate) heard: u128,
}

/// A message as the server has it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Kept {
    /// Its id.
    pub(crate) id: String,
    /// Its place in the conversation.
    pub(crate) position: i64,
    /// Who said it: `user:…`, `helper:…` or `system`.
    pub(crate) sender: String,
    /// What.
    pub(crate) body: String,
    /// The key of whoever said it.
    #[serde(default)]
    pub(crate) key: Option<String>,
    /// What it answers.
    #[serde(default)]
    pub(crate) reply_to: Option<String>,
}

/// Everything that is wrong with one conversation: `kept` is its history, from the first message on, as it was listed.
pub(crate) fn judge(title: &str, acknowledged: &[Acknowledged], kept: &[Kept]) -> Vec<Fault> {
    let mut faults = numbered(title, kept);
    let mut by_key: HashMap<(&str, &str), Vec<&Kept>> = HashMap::new();
    for message in kept {
        if let (Some(key), Some(sender)) = (&message.key, message.sender.strip_prefix("user:")) {
            by_key.entry((sender, key)).or_default().push(message);
        }
    }
    for said in acknowledged {
        let of = |what: &str| format!("{title}: {} of {} {what}", said.key, said.sender);
        match by_key.remove(&(said.sender.as_str(), said.key.as_str())).unwrap_or_default()[..] {
            [] => faults.push(Fault::lost(of(&format!("was acknowledged at {} and is not there", said.position)))),
            [only] if only.body != said.body => {
                faults.push(Fault::lost(of(&format!("says something else now: {:?}", only.body))));
            }
            [only] if only.position != said.position => {
                let how = format!("was acknowledged at {} and stands at {}", said.position, only.position);
                faults.push(Fault::reordered(of(&how)));
            }
            [only] if only.id != said.id => {
                faults.push(Fault::lost(of(&format!("was acknowledged as {} and is {} now", said.id, only.id))));
            }
            [_] => {}
            ref all => faults.push(Fault::doubled(of(&format!("is there {} times", all.len())))),
        }
    }
    // Every sender goes on until it is told, so nothing may be there that nobody was told of.
    for ((sender, key), _) in by_key {
        faults.push(Fault::doubled(format!("{title}: {key} of {sender} is there and was never acknowledged")));
    }
    faults.extend(ordered(title, acknowledged));
    faults.extend(answered_once(title, kept));
    faults
}

/// Positions are 1, 2, 3, … in the order of the list, and no id comes twice.
fn numbered(title: &str, kept: &[Kept]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut ids = HashSet::new();
    let mut last = 0;
    for Kept { id, position, .. } in kept {
        match position - last {
            1 => {}
            0 => faults.push(Fault::doubled(format!("{title}: position {position} is there twice"))),
            ..0 => faults.push(Fault::reordered(format!("{title}: position {position} is listed after {last}"))),
            _ => faults.push(Fault::lost(format!("{title}: nothing stands between {last} and {position}"))),
        }
        if !ids.insert(id) {
            faults.push(Fault::doubled(format!("{title}: message {id} is there twice")));
        }
        last = last.max(*position);
    }
    faults
}

/// What was acknowledged before something else was sent stands before it. So each sender's messages stand in their order too.
fn ordered(title: &str, acknowledged: &[Acknowledged]) -> Vec<Fault> {
    let mut all: Vec<&Acknowledged> = acknowledged.iter().collect();
    all.sort_by_key(|said| said.position);
    let mut latest: Option<&Acknowledged> = None;
    let mut faults = Vec::new();
    for said in all {
        match latest {
            Some(before) if said.heard < before.sent => faults.push(Fault::reordered(format!(
                "{title}: {} was acknowledged before {} was sent, and stands at {} after {}",
                said.key, before.key, said.position, before.position
            ))),
            Some(before) if before.sent >= said.sent => {}
            _ => latest = Some(said),
        }
    }
    faults
}

impl Kept {
    /// Whether it is what a helper made of a delivery, and no remark of the mediator's on one that waits.
    pub(crate) fn is_answer(&self) -> bool {
        let remark = self.key.as_ref().is_some_and(|key| key.starts_with("stalled:"));
        self.sender.starts_with("helper:") && !remark
    }
}

/// No helper answers the same message twice.
fn answered_once(title: &str, kept: &[Kept]) -> Vec<Fault> {
    let mut answers: HashMap<(&str, &str), usize> = HashMap::new();
    for answer in kept.iter().filter(|message| message.is_answer()) {
        if let Some(message) = &answer.reply_to {
            *answers.entry((message, &answer.sender)).or_default() += 1;
        }
    }
    let twice = answers.into_iter().filter(|(_, times)| *times > 1);
    twice
        .map(|((message, helper), times)| {
            Fault::doubled(format!("{title}: {helper} answered message {message} {times} times"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::fault::Promise;
    use super::*;

    /// Two senders, three messages each, one after the other, all acknowledged and all kept.
    fn good() -> (Vec<Acknowledged>, Vec<Kept>) {
        let acknowledged: Vec<Acknowledged> = (0..6_u8)
            .map(|number| Acknowledged {
                sender: format!("member{}", number % 2),
                key: format!("key-{number}"),
                body: format!("words {number}"),
                id: format!("id-{number}"),
                position: i64::from(number) + 1,
                sent: u128::from(number) * 10,
                heard: u128::from(number) * 10 + 5,
            })
            .collect();
        let kept = acknowledged.iter().map(keep).collect();
        (acknowledged, kept)
    }

    fn keep(said: &Acknowledged) -> Kept {
        Kept {
            id: said.id.clone(),
            position: said.position,
            sender: format!("user:{}", said.sender),
            body: said.body.clone(),
            key: Some(said.key.clone()),
            reply_to: None,
        }
    }

    fn promises(acknowledged: &[Acknowledged], kept: &[Kept]) -> Vec<Promise> {
        let mut broken: Vec<Promise> = judge("a", acknowledged, kept).into_iter().map(|fault| fault.promise).collect();
        broken.sort_unstable();
        broken.dedup();
        broken
    }

    fn renumber(kept: &mut [Kept]) {
        for (at, message) in kept.iter_mut().enumerate() {
            message.position = i64::try_from(at).unwrap() + 1;
        }
    }

    #[test]
    fn what_is_as_it_was_acknowledged_is_fine() {
        let (acknowledged, kept) = good();
        assert_eq!(judge("a", &acknowledged, &kept), []);
    }

    #[test]
    fn a_lost_message_is_found() {
        let (acknowledged, mut kept) = good();
        kept.remove(2);
        assert_eq!(promises(&acknowledged, &kept), [Promise::NothingLost]);
        // The newest, whose absence leaves no hole.
        let (acknowledged, mut kept) = good();
        kept.pop();
        assert_eq!(promises(&acknowledged, &kept), [Promise::NothingLost]);
        let (acknowledged, mut kept) = good();
        kept[3].body = "other words".into();
        assert_eq!(promises(&acknowledged, &kept), [Promise::NothingLost]);
        let (acknowledged, mut kept) = good();
        kept[3].id = "another".into();
        assert_eq!(promises(&acknowledged, &kept), [Promise::NothingLost]);
    }

    #[test]
    fn a_doubled_message_is_found() {
        let (acknowledged, mut kept) = good();
        let again = Kept { id: "again".into(), position: 7, ..kept[1].clone() };
        kept.push(again);
        assert_eq!(promises(&acknowledged, &kept), [Promise::NothingDoubled]);
        let (acknowledged, mut kept) = good();
        kept.insert(2, kept[1].clone());
        assert_eq!(promises(&acknowledged, &kept), [Promise::NothingDoubled]);
        // Kept at a try that was cut off, and once more under another key.
        let (acknowledged, mut kept) = good();
        kept.push(Kept { id: "new".into(), position: 7, key: Some("key-7".into()), ..kept[1].clone() });
        assert_eq!(promises(&acknowledged, &kept), [Promise::NothingDoubled]);
    }

    #[test]
    fn a_reordered_message_is_found() {
        let (acknowledged, mut kept) = good();
        kept.swap(1, 3);
        assert!(promises(&acknowledged, &kept).contains(&Promise::NothingReordered));
        // The list is in order, but not in the order that was acknowledged.
        let (acknowledged, mut kept) = good();
        kept.swap(1, 3);
        renumber(&mut kept);
        assert_eq!(promises(&acknowledged, &kept), [Promise::NothingReordered]);
        // Acknowledged in places that were wrong from the first.
        let (mut acknowledged, _) = good();
        (acknowledged[1].position, acknowledged[4].position) = (5, 2);
        let mut kept: Vec<Kept> = acknowledged.iter().map(keep).collect();
        kept.sort_by_key(|message| message.position);
        assert_eq!(promises(&acknowledged, &kept), [Promise::NothingReordered]);
    }

    #[test]
    fn messages_under_way_at_the_same_time_may_stand_in_any_order() {
        let (mut acknowledged, _) = good();
        acknowledged[0].heard = 1000;
        acknowledged[1].heard = 1000;
        (acknowledged[0].position, acknowledged[1].position) = (2, 1);
        let mut kept: Vec<Kept> = acknowledged.iter().map(keep).collect();
        kept.sort_by_key(|message| message.position);
        assert_eq!(judge("a", &acknowledged, &kept), []);
    }

    #[test]
    fn a_second_answer_to_one_message_is_found() {
        let (acknowledged, mut kept) = good();
        let answer = |position: i64, helper: &str| Kept {
            id: format!("answer-{position}"),
            position,
            sender: format!("helper:{helper}"),
            body: "Yes.".into(),
            key: Some(format!("answer:{position}")),
            reply_to: Some("id-1".into()),
        };
        let remark = Kept { key: Some("stalled:1".into()), ..answer(9, "echo_1") };
        kept.extend([answer(7, "echo_1"), answer(8, "echo_2"), remark]);
        assert_eq!(judge("a", &acknowledged, &kept), []);
        kept.push(answer(10, "echo_1"));
        assert_eq!(promises(&acknowledged, &kept), [Promise::NothingDoubled]);
    }
}
