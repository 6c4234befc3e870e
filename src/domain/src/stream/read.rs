//! How what the server says is read from JSON: by its type, at once, as [`Event`] is by its kind.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{Notice, ServerFrame};
use crate::timestamp::Timestamp;

/// The types of what the server says.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Type {
    Hello,
    Event,
    Caught,
    Ping,
    Gap,
    Notice,
}

/// The types of what is passing.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Passing {
    Draft,
    Measured,
    Log,
}

/// What any of it may have besides what is read by its type.
#[derive(Deserialize)]
struct Written {
    #[serde(rename = "type")]
    is: Type,
    epoch: Option<Uuid>,
    seq: Option<i64>,
    oldest: Option<i64>,
    at: Option<Timestamp>,
    notice: Option<Passing>,
}

/// From JSON only.
impl<'de> Deserialize<'de> for ServerFrame {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(&Box::<RawValue>::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

fn read(frame: &RawValue) -> serde_json::Result<ServerFrame> {
    let Written { is, epoch, seq, oldest, at, notice } = whole(frame)?;
    let (epoch, seq) = (field(epoch, "epoch"), field(seq, "seq"));
    Ok(match is {
        Type::Hello => ServerFrame::Hello { epoch: epoch?, seq: seq? },
        Type::Event => ServerFrame::Event(whole(frame)?),
        Type::Caught => ServerFrame::Caught { seq: seq? },
        Type::Ping => ServerFrame::Ping { at: field(at, "at")? },
        Type::Gap => ServerFrame::Gap { epoch: epoch?, oldest: field(oldest, "oldest")? },
        Type::Notice => ServerFrame::Notice(match field(notice, "notice")? {
            Passing::Draft => Notice::Draft(whole(frame)?),
            Passing::Measured => Notice::Measured(whole(frame)?),
            Passing::Log => Notice::Log(whole(frame)?),
        }),
    })
}

fn whole<T: DeserializeOwned>(frame: &RawValue) -> serde_json::Result<T> {
    crate::from_json(frame.get())
}

fn field<T>(field: Option<T>, name: &'static str) -> serde_json::Result<T> {
    field.ok_or_else(|| serde_json::Error::missing_field(name))
}

#[cfg(test)]
mod tests {
    use serde_json::{from_str, from_value, json, to_string};

    use super::*;
    use crate::event::{Event, EventData, Refusal};
    use crate::stream::{Draft, EventFrame, LogLine, Measured};
    use crate::{Actor, ConversationId, DeliveryId, EventId};

    fn frames() -> Vec<ServerFrame> {
        let (epoch, at) = (Uuid::from_u128(7), Timestamp::from_micros(1));
        let helper = || "ping".parse().unwrap();
        let event = Event {
            seq: 3,
            id: EventId(Uuid::from_u128(3)),
            at,
            actor: Actor::system(),
            project: None,
            what: EventData::AccessRefused(Refusal {
                who: None,
                action: "operate".into(),
                subject: "workshop".into(),
                reason: "“kind\": {".into(),
                place: None,
            }),
        };
        vec![
            ServerFrame::Hello { epoch, seq: 3 },
            ServerFrame::Event(Box::new(event)),
            ServerFrame::Caught { seq: 4 },
            ServerFrame::Ping { at },
            ServerFrame::Gap { epoch, oldest: 2 },
            ServerFrame::Notice(Notice::Draft(Draft {
                delivery: DeliveryId(Uuid::from_u128(8)),
                conversation: ConversationId(Uuid::from_u128(9)),
                project: None,
                helper: helper(),
                offset: 0,
                text: "half".into(),
            })),
            ServerFrame::Notice(Notice::Measured(Measured {
                helper: helper(),
                cpu_permille: 1,
                memory_bytes: 2,
                pids: 3,
                sent_bytes: None,
                received_bytes: Some(4),
                at,
            })),
            ServerFrame::Notice(Notice::Log(LogLine { helper: helper(), number: 1, at, text: "said".into() })),
        ]
    }

    #[test]
    fn an_event_is_written_the_same_whoever_it_belongs_to() {
        let own = &frames()[1];
        let ServerFrame::Event(event) = own else { panic!("{own:?}") };
        assert_eq!(to_string(&EventFrame::Event(event)).unwrap(), to_string(own).unwrap());
    }

    #[test]
    fn what_is_written_is_read() {
        for frame in frames() {
            let written = to_string(&frame).unwrap();
            assert_eq!(from_str::<ServerFrame>(&written).unwrap(), frame, "{written}");
            // Whatever order its fields are in.
            let fields = serde_json::to_value(&frame).unwrap();
            assert_eq!(from_value::<ServerFrame>(fields).unwrap(), frame);
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_a_reason() {
        let event = json!({ "type": "event", "seq": 1, "id": Uuid::nil(), "at": "2026-01-01T00:00:00Z", "actor": Actor::system() });
        let of_kind = |kind: &str, data: serde_json::Value| {
            let mut event = event.clone();
            event["kind"] = kind.into();
            event["data"] = data;
            from_value::<ServerFrame>(event).unwrap_err().to_string()
        };
        assert!(of_kind("sky.fell", json!({})).contains("no event of the kind “sky.fell”"));
        assert!(of_kind("project.removed", json!({})).contains("missing field"));
        for (wrong, why) in [
            (r#"{"type":"hello","seq":1}"#, "missing field `epoch`"),
            (r#"{"type":"event","seq":1}"#, "missing field `id`"),
            (r#"{"type":"notice"}"#, "missing field `notice`"),
            (r#"{"type":"song"}"#, "unknown variant `song`"),
            (r#"{"seq":1}"#, "missing field `type`"),
        ] {
            let said = from_str::<ServerFrame>(wrong).unwrap_err().to_string();
            assert!(said.contains(why), "{wrong}: {said}");
        }
    }
}
