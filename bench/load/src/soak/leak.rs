//! Whether the server leaks: what it holds under a steady load must not grow, and once the load is gone it holds no more
//! than it did before.

use super::fault::Fault;
use super::holds::Holds;
use super::trend::slope;

/// Memory may grow by so much in a minute of steady load, in MiB: projects and people add up, and lists of them with it.
pub(crate) const MEMORY_A_MINUTE: f64 = 6.0;
/// What is kept in memory of the newest events is full after about three minutes of this load. Until then memory grows, so a
/// shorter stretch tells nothing about leaks of it; a longer one does in its second half.
pub(crate) const LONG_ENOUGH: f64 = 340.0;
/// Open files without sockets, which come and go.
const FILES_A_MINUTE: f64 = 20.0;
const THREADS_A_MINUTE: f64 = 6.0;
/// Memory at the end of each life, as long as the one before, may grow by so much from life to life, in MiB.
pub(crate) const MEMORY_A_LIFE: f64 = 2.0;
/// So many lives tell something about that, without the first ones, which have little data.
const LIVES: usize = 8;
const FIRST_LIVES: usize = 2;
/// How much more there may be afterwards than before. Connections to the database are made as they are needed, and kept.
const FILES_MORE: usize = 8;
const THREADS_MORE: u64 = 4;
const TASKS_MORE: u64 = 8;
/// Sandboxes for commands and projects that may be open at a time besides those of the helpers.
const SANDBOXES_MORE: usize = 8;
/// Processes that may be in them.
const PROCESSES_MORE: usize = 64;
/// Memory once the load is gone, beside that of a server just started on the same data, in MiB: the newest events are kept.
const MEMORY_MORE: f64 = 256.0;

/// Growth in a minute over the second half of a stretch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Growth {
    /// MiB.
    pub(crate) memory: f64,
    /// Open files, sockets for the live stream not counted.
    pub(crate) files: f64,
    /// Threads.
    pub(crate) threads: f64,
}

/// How fast what is held grew in a stretch.
pub(crate) fn growth(stretch: &[Holds]) -> Option<Growth> {
    let settled = stretch.get(stretch.len() / 2..)?;
    let of = |held: fn(&Holds) -> f64| {
        let points: Vec<(f64, f64)> = settled.iter().map(|holds| (holds.at / 60.0, held(holds))).collect();
        slope(&points)
    };
    Some(Growth {
        memory: of(|holds| holds.memory)?,
        files: of(|holds| {
            let sockets = holds.sockets.unwrap_or_default();
            float(u64::try_from(holds.files).unwrap_or(u64::MAX).saturating_sub(sockets))
        })?,
        threads: of(|holds| float(holds.threads))?,
    })
}

fn float(count: u64) -> f64 {
    crate::figures::float(usize::try_from(count).unwrap_or(usize::MAX))
}

/// What grew in the stretch in which the server was left alone under load.
pub(crate) fn grows(stretch: &[Holds]) -> Vec<Fault> {
    let Some(growth) = growth(stretch) else {
        return vec![Fault::leak("there are too few samples to tell")];
    };
    let told = |grew: f64, most: f64, what: &str| {
        (grew > most)
            .then(|| Fault::leak(format!("{what} grew by {grew:.1} a minute under a steady load, at most {most}")))
    };
    let memory = if tells_memory(stretch) { growth.memory } else { 0.0 };
    let faults = [
        told(memory, MEMORY_A_MINUTE, "memory in MiB"),
        told(growth.files, FILES_A_MINUTE, "open files"),
        told(growth.threads, THREADS_A_MINUTE, "threads"),
    ];
    faults.into_iter().flatten().collect()
}

/// Whether a stretch is long enough to tell about memory.
pub(crate) fn tells_memory(stretch: &[Holds]) -> bool {
    stretch.last().is_some_and(|last| last.at >= LONG_ENOUGH)
}

/// By how much memory grew from life to life, at the same age; none when there were too few.
pub(crate) fn growth_of_lives(lasts: &[&Holds]) -> Option<f64> {
    let points = |holds: &&Holds| (float(holds.life.into()), holds.memory);
    let lives: Vec<(f64, f64)> = lasts.get(FIRST_LIVES..)?.iter().map(points).collect();
    if lives.len() < LIVES { None } else { slope(&lives) }
}

/// Whether the data of a life makes the next one hold more, at the same age.
pub(crate) fn grows_by_life(lasts: &[&Holds]) -> Option<Fault> {
    let grew = growth_of_lives(lasts).filter(|grew| *grew > MEMORY_A_LIFE)?;
    Some(Fault::leak(format!("memory grew by {grew:.1} MiB from life to life, at most {MEMORY_A_LIFE}")))
}

/// What there is too much of at the end of a life, beside the same server at rest.
pub(crate) fn crowded(rest: &Holds, last: &Holds) -> Vec<Fault> {
    let life = last.life;
    let told = |is: usize, was: usize, more: usize, what: &str| {
        (is > was + more).then(|| Fault::leak(format!("life {life} ended with {is} {what}; at rest there are {was}")))
    };
    let faults = [
        told(last.groups, rest.groups, SANDBOXES_MORE, "control groups"),
        told(last.processes, rest.processes, PROCESSES_MORE, "processes in sandboxes"),
        told(last.containers.unwrap_or(0), rest.containers.unwrap_or(0), SANDBOXES_MORE, "containers"),
    ];
    faults.into_iter().flatten().collect()
}

/// What is still held once the load is gone, beside the same server before it.
pub(crate) fn stays(rest: &Holds, after: &Holds) -> Vec<Fault> {
    let told = |is: u64, most: u64, what: &str| {
        (is > most).then(|| Fault::leak(format!("{is} {what} are left once the load is gone, at most {most}")))
    };
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let tasks = rest.tasks.zip(after.tasks);
    let faults = [
        told(count(after.files), count(rest.files + FILES_MORE), "open files"),
        told(after.threads, rest.threads + THREADS_MORE, "threads"),
        told(count(after.processes), count(rest.processes), "processes"),
        told(count(after.groups), count(rest.groups), "control groups"),
        told(count(after.containers.unwrap_or(0)), count(rest.containers.unwrap_or(0)), "containers"),
        told(after.sockets.unwrap_or(0), 0, "sockets"),
        tasks.and_then(|(rest, after)| told(after, rest + TASKS_MORE, "tasks")),
    ];
    faults.into_iter().flatten().collect()
}

/// Whether the memory that stayed is more than the data accounts for: `fresh` has just been started on the same.
pub(crate) fn swollen(after: &Holds, fresh: &Holds) -> Option<Fault> {
    (after.memory > fresh.memory + MEMORY_MORE).then(|| {
        let (is, new) = (after.memory, fresh.memory);
        Fault::leak(format!("{is:.0} MiB are left once the load is gone; a new server on the same data has {new:.0}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Six minutes of samples, with what `change` makes of each.
    fn stretch(change: impl Fn(&mut Holds, f64)) -> Vec<Holds> {
        let sample = |second: u32| {
            let at = f64::from(second);
            let jitter = f64::from(second % 3);
            let mut holds = Holds { at, memory: 80.0 + jitter, files: 300, threads: 20, ..Holds::default() };
            holds.sockets = Some(150);
            change(&mut holds, at);
            holds
        };
        (0..360).step_by(2).map(sample).collect()
    }

    #[test]
    fn what_only_jitters_is_no_leak() {
        assert_eq!(grows(&stretch(|_, _| {})), []);
        // What is kept in memory fills at first.
        assert_eq!(grows(&stretch(|holds, at| holds.memory -= (170.0 - at).max(0.0))), []);
        // Sockets come.
        let more = |holds: &mut Holds, at: f64| {
            let sockets = if at > 200.0 { 80 } else { 0 };
            holds.files += sockets;
            holds.sockets = Some(150 + u64::try_from(sockets).unwrap());
        };
        assert_eq!(grows(&stretch(more)), []);
    }

    #[test]
    fn memory_files_and_threads_that_grow_are_found() {
        let memory = grows(&stretch(|holds, at| holds.memory += at / 6.0));
        assert!(memory.len() == 1 && memory[0].how.contains("memory"), "{memory:?}");
        let step = |at: f64, every: u64| {
            u64::try_from((0_u32..360).filter(|past| f64::from(*past) < at).count()).unwrap() / every
        };
        let files = grows(&stretch(|holds, at| holds.files += usize::try_from(step(at, 2)).unwrap()));
        assert!(files.len() == 1 && files[0].how.contains("files"), "{files:?}");
        let threads = grows(&stretch(|holds, at| holds.threads += step(at, 5)));
        assert!(threads.len() == 1 && threads[0].how.contains("threads"), "{threads:?}");
        assert_eq!(grows(&[]).len(), 1, "nothing is no evidence");
    }

    #[test]
    fn memory_that_grows_with_the_data_from_life_to_life_is_found() {
        let lives = |growth: f64| -> Vec<Holds> {
            (1..=20).map(|life| Holds { life, memory: 150.0 + f64::from(life) * growth, ..Holds::default() }).collect()
        };
        let found = |lives: &[Holds]| grows_by_life(&lives.iter().collect::<Vec<_>>()).is_some();
        assert!(!found(&lives(0.5)) && found(&lives(5.0)));
        assert!(!found(&lives(5.0)[..5]), "too few to tell");
    }

    #[test]
    fn what_stays_after_the_load_is_found() {
        let rest = Holds { files: 60, threads: 12, processes: 40, groups: 13, tasks: Some(50), ..Holds::default() };
        assert_eq!(stays(&rest, &rest), []);
        let after = Holds { files: 90, processes: 41, groups: 14, sockets: Some(1), tasks: Some(80), ..rest.clone() };
        assert_eq!(stays(&rest, &after).len(), 5);
        assert_eq!(crowded(&rest, &Holds { groups: 40, ..rest.clone() }).len(), 1);
        assert!(swollen(&Holds { memory: 500.0, ..Holds::default() }, &Holds::default()).is_some());
    }
}
