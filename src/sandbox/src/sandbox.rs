//! An open sandbox: commands are started in it, files go in and out, and it is measured.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::sandbox::{Network, Profile, RoomKind};
use room::{Give, Guest, HOME, Host, MAX_BODY, Mount, Ready, Setup, Source, Spawn, Usage, VERSION, WORK, frame};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::Fault;
use crate::command::{Command, Output};
use crate::link::{self, Answer, Link, Reply, Slot};
use crate::rooms::{Bounds, Hold, Order, Over, Room};
use crate::stream::{Streams, Window};

/// How long the program inside may take for what it does at once, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long the room may take to tell why a sandbox ended that nobody ended.
const WORD_WITHIN: Duration = Duration::from_secs(3);
/// What a tar stream has besides the contents, at most, for each entry and at its end.
const TAR_ENTRY: u64 = 8 * 1024;

/// An open sandbox. Dropping it ends and removes it in the background.
pub struct Sandbox {
    id: Uuid,
    kind: RoomKind,
    profile: Profile,
    ready: Ready,
    link: Arc<Link>,
    hold: Arc<dyn Hold>,
    end: CancellationToken,
    memory_told: AtomicBool,
    kept: Vec<Box<dyn Any + Send + Sync>>,
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Makes a sandbox and waits until the program inside is ready.
    ///
    /// # Errors
    /// What the room says; infrastructure when the program inside does not answer as it should, or not in time.
    pub async fn open(room: Arc<dyn Room>, order: Order) -> Result<Self, Fault> {
        let opened = room.open(&order).await?;
        let (mut input, mut output) = (opened.input, opened.output);
        let hold: Arc<dyn Hold> = opened.hold.into();
        let setup = setup(&order, hold.bounds());
        // Told beforehand, it need not wait for it.
        let told = tokio::time::timeout(PATIENCE, frame::write(&mut input, &Host::Setup(setup))).await;
        hold.begun().await?;
        let greeting = tokio::time::timeout(PATIENCE, async {
            told??;
            frame::read::<Guest>(&mut output).await
        });
        let ready = match greeting.await {
            Ok(Ok(Some(Guest::Ready(ready)))) if ready.version == VERSION => ready,
            answer => {
                // Its own complaint says most.
                hold.end().await.ok();
                let over = hold.over().await;
                let why = over.complaint.unwrap_or_else(|| match answer {
                    Err(_) => "no answer in time".into(),
                    Ok(Err(error)) => error.to_string(),
                    Ok(Ok(None)) => "it ended".into(),
                    Ok(Ok(Some(_))) => "another version".into(),
                });
                return Err(Fault::infrastructure("the program inside did not get ready.", why));
            }
        };
        let (out, queue) = mpsc::unbounded_channel();
        let link = Arc::new(Link::new(out));
        let end = CancellationToken::new();
        tokio::spawn(serve(link.clone(), hold.clone(), end.clone(), (input, queue), output));
        Ok(Self {
            id: order.id,
            kind: room.kind(),
            profile: order.profile,
            ready,
            link,
            hold,
            end,
            memory_told: AtomicBool::new(false),
            kept: Vec::new(),
        })
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// The kind of room it is in.
    #[must_use]
    pub fn kind(&self) -> RoomKind {
        self.kind
    }

    /// What its guests may have.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Whether its network is its own, so that what is counted there is what its guests sent and received.
    #[must_use]
    pub fn has_own_network(&self) -> bool {
        !(self.kind == RoomKind::Namespace && self.profile.network == Network::Full)
    }

    /// How its commands are confined.
    #[must_use]
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// What its room calls it: a container's id, or the number of a process.
    #[must_use]
    pub fn name(&self) -> String {
        self.hold.name()
    }

    /// The number of its first process on the host, where there is one.
    #[must_use]
    pub fn pid(&self) -> Option<i32> {
        self.hold.pid()
    }

    /// Keeps this for as long as the sandbox is there, like the proxy of its network.
    #[must_use]
    pub fn keeping(mut self, what: impl Any + Send + Sync) -> Self {
        self.kept.push(Box::new(what));
        self
    }

    /// Starts a command.
    ///
    /// # Errors
    /// `Refused` when it cannot be started; infrastructure when the sandbox ended.
    pub async fn spawn(&self, spawn: Spawn) -> Result<Command, Fault> {
        if spawn.command.is_empty() {
            return Err(Fault::Refused("command is empty: name a program.".into()));
        }
        let length = serde_json::to_vec(&spawn).map_or(usize::MAX, |bytes| bytes.len());
        if length > MAX_BODY {
            let most = MAX_BODY / 1024;
            return Err(Fault::Refused(format!("command and environment together are over {most} KiB: shorten them.")));
        }
        // Dropped while waiting, it is killed.
        let (command, answered) = Command::start(&self.link, spawn)?;
        match self.soon(answered).await? {
            Ok(_) => Ok(command),
            Err(why) => Err(Fault::Refused(why)),
        }
    }

    /// Puts files in: a tar stream, unpacked inside into this folder, which is made.
    ///
    /// # Errors
    /// `Archive` when they cannot be taken or read; infrastructure when the sandbox ended.
    pub async fn put(&self, folder: &str, tar: impl AsyncRead) -> Result<(), Fault> {
        let (answer, mut answered) = oneshot::channel();
        let mut window = None;
        self.link.open(|channel| {
            let made = Arc::new(Window::new(channel, self.link.out().clone()));
            window = Some(made.clone());
            let slot = Slot { answer: Some(answer), window: Some(made), ..Slot::default() };
            (slot, Host::Take(channel, folder.to_owned()))
        })?;
        let Some(window) = window else { return Err(self.link.fault()) };
        let send = async {
            let mut tar = std::pin::pin!(tar);
            let mut bytes = vec![0; MAX_BODY];
            loop {
                let length = tar.read(&mut bytes).await.map_err(|error| Fault::Archive(error.to_string()))?;
                let mut rest = &bytes[..length];
                if rest.is_empty() {
                    return Ok(());
                }
                while !rest.is_empty() {
                    let sent = self.in_time(std::future::poll_fn(|context| window.poll_send(context, rest))).await?;
                    rest = &rest[sent.map_err(|_| self.link.fault())?..];
                }
            }
        };
        // A refusal comes as soon as it is certain, in the middle of the stream.
        let early = tokio::select! {
            biased;
            answer = &mut answered => Some(answer.map_err(|_| self.link.fault())?),
            sent = send => {
                // Also after a fault of the reader's: so the guest sees a stream that is cut off.
                window.finish();
                sent?;
                None
            }
        };
        window.finish();
        let answer = match early {
            Some(answer) => answer,
            None => self.soon(answered).await?,
        };
        answer.map(|_| ()).map_err(Fault::Archive)
    }

    /// Gives files out: a tar stream, of which nothing is believed. Tells how many bytes it had.
    ///
    /// # Errors
    /// `Archive` when they cannot be given or written; infrastructure when the sandbox ended.
    pub async fn give(&self, give: Give, out: &mut (impl AsyncWrite + Unpin)) -> Result<u64, Fault> {
        let entries = u64::from(give.most_entries).saturating_add(2).saturating_mul(TAR_ENTRY);
        let most = give.most_bytes.saturating_add(entries);
        let (answer, answered) = oneshot::channel();
        let mut source = None;
        self.link.open(|channel| {
            let made = Arc::new(Streams::new(channel, self.link.out().clone(), false));
            source = Some(Output::new(made.clone(), Source::Output));
            let slot = Slot { answer: Some(answer), streams: Some(made), ..Slot::default() };
            (slot, Host::Give(channel, give))
        })?;
        let Some(mut source) = source else { return Err(self.link.fault()) };
        let mut bytes = vec![0; MAX_BODY];
        let mut total = 0_u64;
        // It ends when the program inside says that it is done, or why it cannot be.
        loop {
            let length = self.in_time(source.read(&mut bytes)).await?.map_err(|_| self.link.fault())?;
            if length == 0 {
                break;
            }
            total = total.saturating_add(length as u64);
            if total > most {
                self.link.fail(Some("the program inside gave more than it was asked for".into()));
                self.end.cancel();
                return Err(self.link.fault());
            }
            out.write_all(&bytes[..length]).await.map_err(|error| Fault::Archive(error.to_string()))?;
        }
        self.soon(answered).await?.map_err(Fault::Archive)?;
        out.flush().await.map_err(|error| Fault::Archive(error.to_string()))?;
        Ok(total)
    }

    /// What all processes inside use now, as the program inside tells.
    ///
    /// # Errors
    /// Infrastructure when the sandbox ended or does not answer.
    pub async fn usage(&self) -> Result<Usage, Fault> {
        let (answer, answered) = oneshot::channel();
        self.link.open(|channel| (Slot { answer: Some(answer), ..Slot::default() }, Host::Measure(channel)))?;
        match self.soon(answered).await? {
            Ok(Reply::Usage(usage)) => Ok(usage),
            Ok(_) => Err(Fault::infrastructure("it could not be measured.", "another answer")),
            Err(why) => Err(Fault::infrastructure("it could not be measured.", why)),
        }
    }

    /// Lifts its limit of processor time, because something in it is killed, or sets it again.
    pub(crate) fn hurry(&self, hurry: bool) {
        self.hold.hurry(hurry);
    }

    /// Ends everything in it. Done when nothing in it runs any more; it is then removed in the background.
    ///
    /// # Errors
    /// When something cannot be ended.
    pub(crate) async fn kill(&self) -> Result<(), Fault> {
        self.link.fail(None);
        self.end.cancel();
        self.hold.kill().await
    }

    /// The most memory that all processes in it had together so far, in bytes, where the kernel tells.
    pub async fn peak_memory_bytes(&self) -> Option<u64> {
        self.hold.peak_memory_bytes().await
    }

    /// Ends everything in it and removes it. Done when nothing is left.
    ///
    /// # Errors
    /// When something cannot be removed.
    pub async fn end(&self) -> Result<(), Fault> {
        self.link.fail(None);
        self.end.cancel();
        self.hold.end().await
    }

    /// Waits until it is over, by itself or by [`Sandbox::end`], and tells how.
    pub async fn over(&self) -> Over {
        let mut over = self.hold.over().await;
        if let Some(why) = self.link.why() {
            over.complaint = Some(over.complaint.map_or(why.clone(), |complaint| format!("{why}: {complaint}")));
        }
        over
    }

    /// Cancelled as soon as nothing more can be asked of it.
    #[must_use]
    pub fn closed(&self) -> CancellationToken {
        self.link.over().clone()
    }

    /// Whether memory ran out in it since this was last asked, as far as the kernel tells.
    pub(crate) async fn memory_ran_out_since(&self) -> bool {
        self.hold.memory_ran_out().await && !self.memory_told.swap(true, Ordering::Relaxed)
    }

    /// The answer to what is done at once.
    async fn soon(&self, answered: oneshot::Receiver<Answer>) -> Result<Answer, Fault> {
        self.in_time(answered).await?.map_err(|_| self.link.fault())
    }

    /// The next step of what the program inside is to do; without it the sandbox is of no use.
    async fn in_time<T>(&self, step: impl Future<Output = T>) -> Result<T, Fault> {
        if let Ok(done) = tokio::time::timeout(PATIENCE, step).await {
            return Ok(done);
        }
        self.link.fail(Some("the program inside does not answer".into()));
        self.end.cancel();
        Err(self.link.fault())
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.link.fail(None);
        self.end.cancel();
    }
}

/// Serves the exchange until it is over, then ends the sandbox.
async fn serve(
    link: Arc<Link>,
    hold: Arc<dyn Hold>,
    end: CancellationToken,
    (input, queue): (Box<dyn AsyncWrite + Send + Unpin>, mpsc::UnboundedReceiver<Host>),
    output: Box<dyn AsyncRead + Send + Unpin>,
) {
    let writer = tokio::spawn(end.clone().run_until_cancelled_owned(link::write(queue, input)));
    let (why, by_itself) = tokio::select! {
        why = link.read(output) => {
            let by_itself = why.is_none();
            (why, by_itself)
        }
        () = end.cancelled() => (None, false),
    };
    if let Some(why) = &why {
        tracing::warn!(sandbox = hold.name(), why, "a sandbox is ended for what its program said");
    }
    link.fail(why);
    end.cancel();
    if by_itself {
        // Why it ended can be asked only as long as it is not removed.
        tokio::time::timeout(WORD_WITHIN, hold.over()).await.ok();
    }
    if let Err(fault) = hold.end().await {
        tracing::warn!(sandbox = hold.name(), error = &fault as &dyn std::error::Error, "a sandbox was not removed");
    }
    writer.await.ok();
}

/// What the guest is told first.
fn setup(order: &Order, bounds: Bounds) -> Setup {
    let profile = &order.profile;
    let tmpfs = |path: &str, bytes: u64, programs: bool| Mount {
        path: path.to_owned(),
        bytes,
        inodes: profile.inodes,
        programs,
    };
    let mounts = vec![
        tmpfs(WORK, profile.work_bytes, true),
        tmpfs("/tmp", profile.tmp_bytes, false),
        tmpfs(HOME, profile.tmp_bytes, false),
        tmpfs("/dev/shm", profile.tmp_bytes, false),
    ];
    Setup {
        version: VERSION,
        mounts: if bounds.mounts { mounts } else { Vec::new() },
        open_files: profile.open_files,
        file_bytes: profile.file_bytes,
        pids: profile.pids,
        watched_memory_bytes: bounds.memory.then_some(profile.memory_bytes),
        processors: bounds.processors.then(|| profile.cpu_millis.div_ceil(1000).max(1)),
        proxy: order.proxy.is_some(),
    }
}
