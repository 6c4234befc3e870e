//! The load itself: everybody at once, the server killed every minute, and what it held all the while.

use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::dice::Dice;
use super::ear::Ear;
use super::fault::Fault;
use super::holds::{self, Holds};
use super::host::Host;
use super::plan::{Plan, READERS, SAMPLES, USERS};
use super::world::{Stage, World};
use super::{check, listen, look, make, speak};
use crate::processes::{self, Known};
use crate::{Result, say};

/// How long sandboxes may outlive a server that was killed.
const GONE_WITHIN: Duration = Duration::from_secs(10);
/// How long the last words may take to be acknowledged, and the last messages to be heard.
const DRAINS_WITHIN: Duration = Duration::from_secs(90);
/// A kill comes up to so much before its minute is over, so that nothing falls into step with it.
const EARLIER: Duration = Duration::from_secs(3);

/// Before a kill everybody speaks without a pause for so long, and up to as long again, so that it finds messages in every
/// state: not kept yet, kept and not acknowledged, acknowledged.
const AMIDST: Duration = Duration::from_millis(250);

/// A kill, and the server's way back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Restart {
    /// From the kill to the answer that it is ready.
    pub(crate) back: Duration,
    /// From the kill until nothing that it had started was left.
    pub(crate) gone: Duration,
}

/// What the load showed.
#[derive(Debug, Default)]
pub(crate) struct Went {
    /// Each kill.
    pub(crate) restarts: Vec<Restart>,
    /// What the server held, every few seconds.
    pub(crate) samples: Vec<Holds>,
    /// Messages that all listeners together had to hear.
    pub(crate) to_hear: i64,
    /// Listeners.
    pub(crate) listeners: usize,
}

impl Went {
    /// The last sample of each life.
    pub(crate) fn lasts(&self) -> Vec<&Holds> {
        let lives = self.samples.chunk_by(|one, next| one.life == next.life);
        lives.filter_map(<[Holds]>::last).collect()
    }

    /// The samples of the last life.
    pub(crate) fn stretch(&self) -> &[Holds] {
        self.samples.chunk_by(|one, next| one.life == next.life).last().unwrap_or_default()
    }
}

/// Loads the server for as long as the plan says, and waits until everything that was begun has come to an end.
pub(crate) async fn load(world: &Rc<World>, host: &mut Host, plan: Plan, engine: bool) -> Result<Went> {
    world.begin();
    let (mut busy, mut listeners) = (JoinSet::new(), JoinSet::new());
    for who in 0..USERS {
        busy.spawn_local(speak::speak(world.clone(), who));
        listeners.spawn_local(listen::listen(world.clone(), who));
    }
    for reader in 0..READERS {
        busy.spawn_local(look::look(world.clone(), reader));
    }
    busy.spawn_local(make::projects(world.clone()));
    busy.spawn_local(make::runs(world.clone()));

    let mut went = Went { listeners: USERS, ..Went::default() };
    keep_at_it(world, host, plan, engine, &mut went).await?;
    world.enter(Stage::Drain);
    if timeout(DRAINS_WITHIN, async { while busy.join_next().await.is_some() {} }).await.is_err() {
        world.fault(Fault::lost(format!("{} people had not done after {DRAINS_WITHIN:?}", busy.len())));
    }
    check::ended(world).await?;
    let heads = check::heads(world).await?;
    *world.heads.borrow_mut() = Some(heads.clone());
    let mut ears: Vec<Ear> = Vec::new();
    let all = async {
        while let Some(ear) = listeners.join_next().await {
            ears.push(ear?);
        }
        Result::Ok(())
    };
    if let Ok(heard) = timeout(DRAINS_WITHIN, all).await {
        heard?;
    }
    world.enter(Stage::Over);
    // Who has not heard everything by now goes with what it has.
    while let Some(ear) = listeners.join_next().await {
        ears.push(ear?);
    }
    for ear in &ears {
        ear.lost(&heads).into_iter().for_each(|fault| world.fault(fault));
        went.to_hear += ear.heard_since(&vec![0; heads.len()]);
    }
    Ok(went)
}

async fn keep_at_it(world: &Rc<World>, host: &mut Host, plan: Plan, engine: bool, went: &mut Went) -> Result<()> {
    let mut dice = Dice::new(6 * USERS);
    let kills: Vec<Duration> = plan.kills().into_iter().map(|at| at - dice.up_to(EARLIER)).collect();
    let mut kills = kills.into_iter().peekable();
    let began = Instant::now();
    let mut life_began = began;
    while began.elapsed() < plan.long {
        let by_itself = host.ended()?;
        if let Some(how) = &by_itself {
            world.fault(Fault::error(format!("the server ended by itself: {how}")));
        }
        let due = kills.next_if(|at| began.elapsed() >= *at).is_some();
        if due {
            world.hurry(true);
            sleep(AMIDST + dice.up_to(AMIDST)).await;
        }
        if due || by_itself.is_some() {
            let restart = kill(world, host, by_itself.is_some()).await?;
            life_began = Instant::now();
            say(&format!(
                "  {:.1} min: killed and back after {:.0} ms; {} messages, {} sockets, {} pages, {} projects so far",
                began.elapsed().as_secs_f64() / 60.0,
                restart.back.as_secs_f64() * 1000.0,
                world.counted("messages"),
                world.counted("sockets"),
                world.counted("pages"),
                world.counted("projects"),
            ));
            went.restarts.push(restart);
        }
        went.samples.push(holds::look(host, engine, world.life().number, life_began.elapsed()).await?);
        sleep(SAMPLES).await;
    }
    Ok(())
}

/// Kills the server and starts it again at once, as a service manager does.
async fn kill(world: &World, host: &mut Host, gone_already: bool) -> Result<Restart> {
    let below = if gone_already { Vec::new() } else { processes::below(host.pid()?) };
    world.going_down();
    let began = Instant::now();
    host.kill().await.or_else(|error| if gone_already { Ok(()) } else { Err(error) })?;
    let back = async {
        host.start().await?;
        world.came_up();
        Result::Ok(began.elapsed())
    };
    let (back, (all_gone, gone)) = tokio::join!(back, gone(&below, began));
    if !all_gone {
        world.fault(Fault::leak(format!("sandboxes of a killed server were still there after {GONE_WITHIN:?}")));
    }
    Ok(Restart { back: back?, gone })
}

/// Waits until none of these processes lives, and tells how long that was after the kill.
async fn gone(below: &[Known], began: Instant) -> (bool, Duration) {
    while below.iter().any(|known| known.lives()) {
        if began.elapsed() > GONE_WITHIN {
            return (false, began.elapsed());
        }
        sleep(Duration::from_millis(10)).await;
    }
    (true, began.elapsed())
}
