//! The filter on system calls: what no guest needs, and what kernels were broken by.
//!
//! It allows what it does not name, for guests are any program there is. It is put on the sandbox's first process, so
//! that there is no process inside without it; commands get one rule more.

use std::collections::BTreeMap;

use libc::{c_int, c_long};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, apply_filter, sock_filter,
};

/// What each call must not be made with.
type Rules = BTreeMap<c_long, Vec<SeccompRule>>;
type Result<T> = std::result::Result<T, String>;

/// The steps of a filter that are written here: what is loaded or compared with comes along.
const LOAD: u16 = 0x20;
const IF_EQUAL: u16 = 0x15;
const IF_AT_LEAST: u16 = 0x35;
const RETURN: u16 = 0x06;

/// On x86-64, every call has a second number, so much higher, for programs with short pointers. Nobody has those, and
/// rules by the first numbers would not meet them.
const SECOND_TABLE: u32 = 1 << 30;

/// Newer than the tables of names.
const OPEN_TREE_ATTR: c_long = 467;

/// Never, whatever it is asked.
const NEVER: &[c_long] = &[
    // What is where.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    OPEN_TREE_ATTR,
    libc::SYS_mount_setattr,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_fanotify_init,
    libc::SYS_nfsservctl,
    // Namespaces; see also `clone` below.
    libc::SYS_unshare,
    libc::SYS_setns,
    // Other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_migrate_pages,
    libc::SYS_move_pages,
    libc::SYS_mbind,
    // Where most ways out of sandboxes began.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    // The machine.
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_acct,
    libc::SYS_syslog,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    libc::SYS_lookup_dcookie,
    libc::SYS_vhangup,
];

/// What only this kind of processor has.
#[cfg(target_arch = "x86_64")]
const NEVER_HERE: &[c_long] = &[libc::SYS_iopl, libc::SYS_ioperm, libc::SYS_modify_ldt, libc::SYS_uselib];
#[cfg(not(target_arch = "x86_64"))]
const NEVER_HERE: &[c_long] = &[];

/// Answered as by a kernel that does not have them, because programs know what to do then.
const UNKNOWN: &[c_long] = &[
    // Its flags are in memory, where no filter sees them.
    libc::SYS_clone3,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    // The whole machine has but so many of these, and one guest could take them all.
    libc::SYS_io_setup,
];

/// Where memory is watched from inside: memory that a watch would not see.
const UNSEEN_MEMORY: &[c_long] = &[libc::SYS_memfd_create, libc::SYS_memfd_secret, libc::SYS_shmget];

/// The families of sockets there may be; of netlink, only what tells about interfaces and routes.
const FAMILIES: [c_int; 4] = [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK];

/// What `clone` must not make anew.
const NAMESPACES: [c_int; 7] = [
    libc::CLONE_NEWNS,
    libc::CLONE_NEWCGROUP,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
];

/// What is kept by this filter because no control group keeps it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Watched {
    /// Memory.
    pub(crate) memory: bool,
    /// On which processors guests run.
    pub(crate) processors: bool,
}

/// Puts the filter on this process and all that it will start.
pub(crate) fn restrict(watched: Watched) -> Result<()> {
    apply(&filter(watched)?)
}

/// Keeps this process and all that it will start from changing the limit by which they are known; see
/// [`super::limits::mark`].
pub(crate) fn keep_mark() -> Result<()> {
    let resource = number(libc::RLIMIT_LOCKS)?;
    let rules = Rules::from([
        (libc::SYS_setrlimit, vec![rule(vec![equal(0, resource)?])?]),
        // With no new limit it only asks.
        (libc::SYS_prlimit64, vec![rule(vec![equal(1, resource)?, unequal_address(2, 0)?])?]),
    ]);
    apply(&compile(rules)?)
}

/// A number that each C library has another type for.
fn number<T>(value: impl TryInto<T>) -> Result<T> {
    value.try_into().map_err(|_| "a number of a system call is below zero".into())
}

/// The whole filter. What must not be made at all stands before what depends on how it is made: a line for each needs no
/// compiler, and every sandbox that begins waits for this.
fn filter(watched: Watched) -> Result<BpfProgram> {
    let mut program = vec![sock_filter { code: LOAD, jt: 0, jf: 0, k: 0 }];
    let mut answer = |code: u16, k: u32, error: c_int| {
        let answer = SeccompAction::Errno(error.unsigned_abs()).into();
        program.push(sock_filter { code, jt: 0, jf: 1, k });
        program.push(sock_filter { code: RETURN, jt: 0, jf: 0, k: answer });
    };
    if cfg!(target_arch = "x86_64") {
        answer(IF_AT_LEAST, SECOND_TABLE, libc::ENOSYS);
    }
    for call in UNKNOWN {
        answer(IF_EQUAL, number(*call)?, libc::ENOSYS);
    }
    for call in never(watched) {
        answer(IF_EQUAL, number(call)?, libc::EPERM);
    }
    program.extend(compile(depending()?)?);
    Ok(program)
}

/// What must not be made at all.
fn never(watched: Watched) -> impl Iterator<Item = c_long> {
    let memory: &[c_long] = if watched.memory { UNSEEN_MEMORY } else { &[] };
    let processors: &[c_long] = if watched.processors { &[libc::SYS_sched_setaffinity] } else { &[] };
    [NEVER, NEVER_HERE, memory, processors].into_iter().flatten().copied()
}

/// What must not be made in some ways.
fn depending() -> Result<Rules> {
    let mut rules = Rules::new();
    let namespaces = NAMESPACES.map(|flag| {
        let flag = u64::from(flag.unsigned_abs());
        rule(vec![condition(0, SeccompCmpArgLen::Qword, SeccompCmpOp::MaskedEq(flag), flag)?])
    });
    rules.insert(libc::SYS_clone, namespaces.into_iter().collect::<Result<_>>()?);
    let family = |family: c_int| u64::from(family.unsigned_abs());
    let other = FAMILIES.map(|known| unequal(0, family(known)));
    let other_netlink = vec![equal(0, family(libc::AF_NETLINK))?, unequal(2, family(libc::NETLINK_ROUTE))?];
    rules.insert(libc::SYS_socket, vec![rule(other.into_iter().collect::<Result<_>>()?)?, rule(other_netlink)?]);
    rules.insert(libc::SYS_socketpair, vec![rule(vec![unequal(0, family(libc::AF_UNIX))?])?]);
    // Typing into a terminal in someone else's name.
    let typing = [libc::TIOCSTI, libc::TIOCLINUX].map(|request| rule(vec![equal(1, number(request)?)?]));
    rules.insert(libc::SYS_ioctl, typing.into_iter().collect::<Result<_>>()?);
    // The usual one, and the question which one it is.
    rules.insert(libc::SYS_personality, vec![rule(vec![unequal(0, 0)?, unequal(0, u32::MAX.into())?])?]);
    // Others' limits, above all those of the sandbox's first process.
    rules.insert(libc::SYS_prlimit64, vec![rule(vec![unequal(0, 0)?, unequal_address(2, 0)?])?]);
    Ok(rules)
}

fn condition(argument: u8, length: SeccompCmpArgLen, operator: SeccompCmpOp, value: u64) -> Result<SeccompCondition> {
    SeccompCondition::new(argument, length, operator, value).map_err(fault)
}

/// The kernel looks only at the lower half of these, so the filter does too.
fn equal(argument: u8, value: u64) -> Result<SeccompCondition> {
    condition(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)
}

fn unequal(argument: u8, value: u64) -> Result<SeccompCondition> {
    condition(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, value)
}

fn unequal_address(argument: u8, value: u64) -> Result<SeccompCondition> {
    condition(argument, SeccompCmpArgLen::Qword, SeccompCmpOp::Ne, value)
}

fn rule(conditions: Vec<SeccompCondition>) -> Result<SeccompRule> {
    SeccompRule::new(conditions).map_err(fault)
}

/// The part that answers what the rules name with an error, and calls of another kind of processor with death.
fn compile(rules: Rules) -> Result<BpfProgram> {
    let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(fault)?;
    let answer = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, answer, arch).map_err(fault)?;
    BpfProgram::try_from(filter).map_err(fault)
}

fn apply(program: &BpfProgram) -> Result<()> {
    apply_filter(program).map_err(fault)
}

fn fault(error: impl std::fmt::Display) -> String {
    format!("seccomp: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Watched = Watched { memory: true, processors: true };

    #[test]
    fn more_is_refused_where_more_is_watched_and_the_kernel_takes_it_all() {
        let refused = |watched, call| never(watched).any(|never| never == call);
        for (memory, processors) in [(false, false), (true, false), (false, true), (true, true)] {
            let watched = Watched { memory, processors };
            assert_eq!(refused(watched, libc::SYS_memfd_create), memory);
            assert_eq!(refused(watched, libc::SYS_sched_setaffinity), processors);
            assert!(filter(watched).unwrap().len() <= 4096);
        }
    }

    #[test]
    fn each_call_has_one_answer() {
        let depending = depending().unwrap();
        let mut named: Vec<c_long> =
            UNKNOWN.iter().copied().chain(never(ALL)).chain(depending.keys().copied()).collect();
        let all = named.len();
        named.sort_unstable();
        named.dedup();
        assert_eq!(named.len(), all);
    }
}
