//! What goes over the live stream: topics, what a client says, what the server says.

mod read;
pub mod words;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::error::Error;
use crate::event::Event;
use crate::id::{ConversationId, DeliveryId, ProjectId};
use crate::name::HelperName;
use crate::timestamp::Timestamp;

/// Most topics in one subscription.
pub const MAX_TOPICS: usize = 64;
/// Close code for a reader that fell too far behind; it may come back with its cursor.
pub const CLOSE_SLOW: u16 = 4008;
/// Close code for a client whose words cannot be understood; coming back does not help.
pub const CLOSE_MALFORMED: u16 = 4400;
/// Close code: the session or token by which the reader came in is over. Sign in and come back.
pub const CLOSE_SIGNED_OUT: u16 = 4401;
/// Close code when the server restarts (RFC 6455 registry, “Service Restart”).
pub const CLOSE_RESTART: u16 = 1012;

/// A part of what happens. Written `workshop`, `conversation:ID`, `helper:NAME`, `project:ID`, `log:NAME`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// Every event.
    Workshop,
    /// The events of one conversation.
    Conversation(ConversationId),
    /// The events of one helper.
    Helper(HelperName),
    /// The events of one project.
    Project(ProjectId),
    /// The process log of one helper, line by line.
    Log(HelperName),
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workshop => f.write_str("workshop"),
            Self::Conversation(id) => write!(f, "conversation:{id}"),
            Self::Helper(name) => write!(f, "helper:{name}"),
            Self::Project(id) => write!(f, "project:{id}"),
            Self::Log(name) => write!(f, "log:{name}"),
        }
    }
}

impl FromStr for Topic {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.split_once(':') {
            None if text == "workshop" => Ok(Self::Workshop),
            Some(("conversation", id)) => Ok(Self::Conversation(id.parse()?)),
            Some(("helper", name)) => Ok(Self::Helper(name.parse()?)),
            Some(("project", id)) => Ok(Self::Project(id.parse()?)),
            Some(("log", name)) => Ok(Self::Log(name.parse()?)),
            _ => Err(Error::invalid(
                "topics",
                format!(
                    "“{text}” is not a topic; topics are workshop, conversation:ID, helper:NAME, project:ID and log:NAME"
                ),
            )),
        }
    }
}

impl Serialize for Topic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Topic {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Up to where a reader has seen the log. Written `EPOCH:SEQ`, also as the id of a server-sent event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cursor {
    /// The log's epoch: it changes when the log was restored or rewound.
    pub epoch: Uuid,
    /// The last event seen; 0 before the first.
    pub seq: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.epoch, self.seq)
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        text.split_once(':')
            .and_then(|(epoch, seq)| {
                Some(Self { epoch: Uuid::parse_str(epoch).ok()?, seq: seq.parse().ok().filter(|seq| *seq >= 0)? })
            })
            .ok_or_else(|| {
                Error::invalid(
                    "cursor",
                    format!("“{text}” is not a cursor; cursors look like EPOCH:SEQ, as the stream gave them"),
                )
            })
    }
}

/// What a client says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientFrame {
    /// Sets what to hear of, in place of what was set before. With `after`, first everything since then.
    Subscribe {
        /// What to hear of.
        topics: Vec<Topic>,
        /// Where to go on from; none: from now on.
        #[serde(default)]
        after: Option<Cursor>,
    },
}

/// What the server says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// First of all, and again after each `subscribe`: the log as it stands.
    Hello {
        /// The log's epoch.
        epoch: Uuid,
        /// The newest event.
        seq: i64,
    },
    /// Something happened.
    Event(Box<Event>),
    /// Everything up to `seq` has been sent, though not all of it was for this subscription.
    Caught {
        /// The newest event that was looked at.
        seq: i64,
    },
    /// Still here. Sent every 15 seconds of silence.
    Ping {
        /// The server's time.
        at: Timestamp,
    },
    /// The cursor cannot be served: load a snapshot anew. Happens when the log was restored, or cut before it.
    Gap {
        /// The log's epoch.
        epoch: Uuid,
        /// The oldest event that is still there.
        oldest: i64,
    },
    /// Something passing, outside the log: never resumed, never missed for long.
    Notice(Notice),
}

/// Writes the [`ServerFrame::Event`] of an event that is somebody else's.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EventFrame<'a> {
    /// Something happened.
    Event(&'a Event),
}

/// Something passing, outside the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// An answer in the making.
    Draft(Draft),
    /// What a process uses.
    Measured(Measured),
    /// A line of a process log.
    Log(LogLine),
}

impl Notice {
    /// The topics under which subscribers find it. `workshop` has all but log lines.
    #[must_use]
    pub fn is_for(&self, topics: &[Topic]) -> bool {
        topics.iter().any(|topic| match (self, topic) {
            (Self::Log(line), Topic::Log(helper)) => &line.helper == helper,
            (Self::Log(_), _) => false,
            (_, Topic::Workshop) => true,
            (Self::Draft(draft), Topic::Conversation(id)) => draft.conversation == *id,
            (Self::Measured(measured), Topic::Helper(helper)) => &measured.helper == helper,
            _ => false,
        })
    }
}

/// An answer in the making: a piece of text to put at `offset`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Draft {
    /// The delivery being answered.
    pub delivery: DeliveryId,
    /// In which conversation.
    pub conversation: ConversationId,
    /// The project of that conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// Who answers.
    pub helper: HelperName,
    /// Bytes of text before this piece; 0 begins anew.
    pub offset: u32,
    /// The piece.
    pub text: String,
}

/// What a process uses right now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Measured {
    /// Whose process.
    pub helper: HelperName,
    /// Processor time used since the last measure, in thousandths of one core.
    pub cpu_permille: u32,
    /// Memory held (resident set), in bytes, over all its processes.
    pub memory_bytes: u64,
    /// Processes and threads that there are.
    #[serde(default)]
    pub pids: u32,
    /// Bytes sent over the network since it was started; none: it shares the machine's network, where nobody counts for it.
    #[serde(default)]
    pub sent_bytes: Option<u64>,
    /// Bytes received over the network since it was started; none: as with those sent.
    #[serde(default)]
    pub received_bytes: Option<u64>,
    /// When it was measured.
    pub at: Timestamp,
}

/// A line of a process log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogLine {
    /// Whose log.
    pub helper: HelperName,
    /// The line's number since the log began.
    pub number: u64,
    /// When it was written.
    pub at: Timestamp,
    /// The line, without its end, cut at 8 KiB.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscription_is_read_and_a_wrong_topic_is_explained() {
        let frame: ClientFrame =
            serde_json::from_str(r#"{"type":"subscribe","topics":["workshop","log:the_author"]}"#).unwrap();
        let ClientFrame::Subscribe { topics, after } = frame;
        assert_eq!((topics.len(), after), (2, None));
        let error = serde_json::from_str::<ClientFrame>(r#"{"type":"subscribe","topics":["everything"]}"#).unwrap_err();
        assert!(error.to_string().contains("is not a topic"), "{error}");
    }

    #[test]
    fn a_cursor_reads_back_as_it_was_written() {
        let cursor = Cursor { epoch: Uuid::from_u128(7), seq: 42 };
        assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
        assert!("x:1".parse::<Cursor>().is_err());
    }
}
