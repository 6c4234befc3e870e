//! The suite that tries to break out of sandboxes.
//!
//! Every case runs in both rooms, `…::namespace` and `…::docker`, and every one of them asserts four things besides its
//! own: the verdict, that it came at most 100 ms after the limit, that the host still answers, and that nothing is left
//! behind. What runs inside is `inside/`, a program in C with one sub-command for each attack, compiled when the tests
//! begin. By family:
//!
//! - [`floods`]: processes, threads, zombies, memory, swap, the stack, files, contents, holes, descriptors, pipes, sockets,
//!   watches, timers, shared memory, queues, signals, words, input
//! - [`outputs`]: a gigabyte, a line without end, single bytes, what is no text, what is markup or commands to a terminal
//! - [`times`]: spinning, sleeping, deaf, stopped, detached, running away; core files, priorities, clocks; cancelling
//! - [`networks`]: TCP, UDP, DNS, the address of metadata, interfaces, families of sockets, sockets in the file system
//! - [`kernels`]: mounts, namespaces, tracing, bpf, userfaultfd, io_uring, keys, modules, tables of calls, terminals
//! - [`places`]: settings and secrets of the kernel, control groups, devices, the first process, files of the host
//! - [`rights`]: capabilities, users, setuid
//! - [`files`]: what is read-only, programs in `/tmp`, archives on their way in and out
//! - [`crowd`]: a hundred at once, and what one can do to another
//! - [`endings`]: the server killed, the engine killed and stopped, sandboxes let go of
//! - [`peer`]: the program inside is an enemy and speaks to the host as it likes; without a room

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a suite of tests")]

mod crowd;
mod endings;
mod files;
mod floods;
mod harness;
mod kernels;
mod networks;
mod outputs;
mod peer;
mod places;
mod rights;
mod times;
