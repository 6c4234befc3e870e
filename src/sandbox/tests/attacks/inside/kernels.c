/* System calls that a guest has no business with: each must be denied before the kernel looks at what was asked. */
#include "attack.h"

#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/swap.h>
#include <sys/uio.h>

/* Those that newer headers name. */
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#define CALL_open_tree_attr 467

static int mounts(int count, char **words) {
    (void)count, (void)words;
    refused("tmpfs", mount("none", "/tmp", "tmpfs", 0, ""), DENIED, 0);
    refused("proc", mount("none", "/tmp", "proc", 0, ""), DENIED, 0);
    refused("bind", mount("/", "/tmp", NULL, MS_BIND | MS_REC, NULL), DENIED, 0);
    refused("writable root", mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL), DENIED, 0);
    refused("programs in /tmp", mount(NULL, "/tmp", NULL, MS_REMOUNT | MS_BIND, NULL), DENIED, 0);
    refused("move", mount("/work", "/tmp", NULL, MS_MOVE, NULL), DENIED, 0);
    refused("shared", mount(NULL, "/", NULL, MS_SHARED | MS_REC, NULL), DENIED, 0);
    refused("umount", umount2("/tmp", MNT_DETACH), DENIED, 0);
    refused("pivot_root", syscall(SYS_pivot_root, "/work", "/work"), DENIED, 0);
    refused("chroot", chroot("/work"), DENIED, 0);
    refused("fsopen", syscall(SYS_fsopen, "tmpfs", 0), DENIED, 0);
    refused("fsmount", syscall(SYS_fsmount, 0, 0, 0), DENIED, 0);
    refused("fsconfig", syscall(SYS_fsconfig, 0, 0, 0, 0, 0), DENIED, 0);
    refused("fspick", syscall(SYS_fspick, AT_FDCWD, "/", 0), DENIED, 0);
    refused("open_tree", syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE), DENIED, 0);
    refused("open_tree_attr", syscall(CALL_open_tree_attr, AT_FDCWD, "/", OPEN_TREE_CLONE, NULL, 0), DENIED, 0);
    refused("move_mount", syscall(SYS_move_mount, AT_FDCWD, "/work", AT_FDCWD, "/tmp", 0), DENIED, 0);
    struct mount_attr attributes = {.attr_clr = MOUNT_ATTR_RDONLY};
    refused("mount_setattr", syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, &attributes, sizeof attributes), DENIED, 0);
    refused("swapon", swapon("/work/attack", 0), DENIED, 0);
    refused("swapoff", swapoff("/work/attack"), DENIED, 0);
    refused("quotactl", syscall(SYS_quotactl, 0, "/", 0, 0), DENIED, 0);
    refused("quotactl_fd", syscall(SYS_quotactl_fd, 0, 0, 0, 0), DENIED, 0);
    return verdict();
}

static int namespaces(int count, char **words) {
    (void)count, (void)words;
    static const struct {
        const char *name;
        int flag;
    } kinds[] = {{"user", CLONE_NEWUSER},     {"mount", CLONE_NEWNS}, {"pid", CLONE_NEWPID},
                 {"network", CLONE_NEWNET},   {"ipc", CLONE_NEWIPC},  {"uts", CLONE_NEWUTS},
                 {"cgroup", CLONE_NEWCGROUP}, {"time", 0x80},         {"user and mount", CLONE_NEWUSER | CLONE_NEWNS}};
    for (size_t at = 0; at < sizeof kinds / sizeof *kinds; at++) {
        refused(kinds[at].name, unshare(kinds[at].flag), DENIED, ENOSPC, 0);
        if (kinds[at].flag == 0x80)
            continue;
        long child = syscall(SYS_clone, kinds[at].flag | SIGCHLD, 0, 0, 0, 0);
        if (child == 0)
            _exit(0);
        refused("clone with it", child, DENIED, ENOSPC, 0);
        struct clone_args arguments = {.flags = kinds[at].flag, .exit_signal = SIGCHLD};
        child = syscall(SYS_clone3, &arguments, sizeof arguments);
        if (child == 0)
            _exit(0);
        refused("clone3 with it", child, DENIED, ENOSPC, 0);
        char path[64];
        static const char *files[] = {"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"};
        snprintf(path, sizeof path, "/proc/1/ns/%s", files[at < 7 ? at : 0]);
        int file = open(path, O_RDONLY | O_CLOEXEC);
        refused("that of the first process", file < 0 ? -1 : setns(file, 0), DENIED, 0);
        snprintf(path, sizeof path, "/proc/self/ns/%s", files[at < 7 ? at : 0]);
        file = open(path, O_RDONLY | O_CLOEXEC);
        refused("setns", file < 0 ? -1 : setns(file, 0), DENIED, 0);
        /* NS_GET_PARENT and NS_GET_USERNS lead to the namespaces around it. */
        refused("its parent", file < 0 ? -1 : ioctl(file, 0xb702), DENIED, EINVAL, ENOTTY, 0);
        /* That is its own one, or it is not told. */
        int owner = file < 0 ? -1 : ioctl(file, 0xb701);
        struct stat its = {0}, ours = {0};
        must("whose it is", owner < 0 || (!fstat(owner, &its) && !stat("/proc/self/ns/user", &ours) && its.st_ino == ours.st_ino));
    }
    return verdict();
}

static int tracing(int count, char **words) {
    (void)count, (void)words;
    pid_t child = fork();
    if (child == 0)
        for (;;)
            pause();
    char taken[64];
    struct iovec here = {taken, sizeof taken}, there = {(void *)environ, sizeof taken};
    for (int round = 0; round < 2; round++) {
        pid_t whom = round ? 1 : child;
        refused("attach", ptrace(PTRACE_ATTACH, whom, 0, 0), DENIED, 0);
        refused("seize", ptrace(PTRACE_SEIZE, whom, 0, 0), DENIED, 0);
        refused("read its memory", syscall(SYS_process_vm_readv, whom, &here, 1L, &there, 1L, 0L), DENIED, 0);
        refused("write its memory", syscall(SYS_process_vm_writev, whom, &here, 1L, &there, 1L, 0L), DENIED, 0);
        refused("kcmp", syscall(SYS_kcmp, whom, getpid(), 0, 0, 0), DENIED, 0);
        int handle = (int)syscall(SYS_pidfd_open, whom, 0);
        refused("take its files", syscall(SYS_pidfd_getfd, handle, 0, 0), DENIED, 0);
        refused("advise its memory", syscall(SYS_process_madvise, handle, &there, 1, MADV_COLD, 0), DENIED, EBADF,
                round ? EPERM : EINVAL, round ? EPERM : EFAULT, round ? EPERM : ENOMEM, 0);
    }
    refused("move its pages", syscall(SYS_move_pages, 1, 0, NULL, NULL, NULL, 0), DENIED, 0);
    refused("migrate its pages", syscall(SYS_migrate_pages, 1, 0, NULL, NULL), DENIED, 0);
    refused("be traced", ptrace(PTRACE_TRACEME, 0, 0, 0), DENIED, 0);
    kill(child, SIGKILL);
    return verdict();
}

/* Interpreters and rings within the kernel. */
static int engines(int count, char **words) {
    (void)count, (void)words;
    union bpf_attr map = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
    refused("bpf map", syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof map), DENIED, 0);
    union bpf_attr program = {.prog_type = BPF_PROG_TYPE_SOCKET_FILTER};
    refused("bpf program", syscall(SYS_bpf, BPF_PROG_LOAD, &program, sizeof program), DENIED, 0);
    refused("userfaultfd", syscall(SYS_userfaultfd, O_CLOEXEC), DENIED, 0);
    refused("userfaultfd for users", syscall(SYS_userfaultfd, O_CLOEXEC | 1), DENIED, 0);
    struct io_uring_params ring = {0};
    refused("io_uring_setup", syscall(SYS_io_uring_setup, 8, &ring), DENIED, 0);
    refused("io_uring_enter", syscall(SYS_io_uring_enter, 0, 1, 0, 0, 0, 0), DENIED, 0);
    refused("io_uring_register", syscall(SYS_io_uring_register, 0, 0, 0, 0), DENIED, 0);
    struct perf_event_attr event = {.type = PERF_TYPE_SOFTWARE, .size = sizeof event, .config = PERF_COUNT_SW_CPU_CLOCK,
                                    .exclude_kernel = 1, .exclude_hv = 1};
    refused("perf_event_open", syscall(SYS_perf_event_open, &event, 0, -1, -1, 0), DENIED, 0);
    refused("fanotify_init", syscall(SYS_fanotify_init, 0x200, 0), DENIED, 0);
    refused("lookup_dcookie", syscall(SYS_lookup_dcookie, 0, NULL, 0), DENIED, 0);
    refused("mbind", syscall(SYS_mbind, 0, 0, 0, 0, 0, 0), DENIED, 0);
#ifdef __x86_64__
    refused("modify_ldt", syscall(SYS_modify_ldt, 0, NULL, 0), DENIED, 0);
#endif
    return verdict();
}

static int keys(int count, char **words) {
    (void)count, (void)words;
    refused("keyctl", syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1), DENIED, 0);
    refused("a session", syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL), DENIED, 0);
    refused("add_key", syscall(SYS_add_key, "user", "x", "y", 1, KEY_SPEC_PROCESS_KEYRING), DENIED, 0);
    refused("request_key", syscall(SYS_request_key, "user", "x", NULL, KEY_SPEC_PROCESS_KEYRING), DENIED, 0);
    return verdict();
}

/* The machine itself. */
static int machine(int count, char **words) {
    (void)count, (void)words;
    refused("reboot", syscall(SYS_reboot, 0xfee1dead, 672274793, 0, NULL), DENIED, 0);
    refused("kexec_load", syscall(SYS_kexec_load, 0, 0, NULL, 0), DENIED, 0);
    refused("kexec_file_load", syscall(SYS_kexec_file_load, -1, -1, 0, "", 0), DENIED, 0);
    refused("init_module", syscall(SYS_init_module, "", 0, ""), DENIED, 0);
    refused("finit_module", syscall(SYS_finit_module, 0, "", 0), DENIED, 0);
    refused("delete_module", syscall(SYS_delete_module, "ext4", O_NONBLOCK), DENIED, 0);
    refused("syslog", syscall(SYS_syslog, 3, NULL, 0), DENIED, 0);
    refused("acct", syscall(SYS_acct, "/work/acct"), DENIED, 0);
#ifdef __x86_64__
    refused("iopl", syscall(SYS_iopl, 3), DENIED, 0);
    refused("ioperm", syscall(SYS_ioperm, 0x80, 1, 1), DENIED, 0);
#endif
    refused("sethostname", sethostname("mine", 4), DENIED, 0);
    refused("setdomainname", syscall(SYS_setdomainname, "mine", 4), DENIED, 0);
    refused("vhangup", syscall(SYS_vhangup), DENIED, 0);
    refused("nfsservctl", syscall(SYS_nfsservctl, 0, NULL, NULL), DENIED, 0);
    refused("personality", personality(ADDR_NO_RANDOMIZE), DENIED, 0);
    refused("READ_IMPLIES_EXEC", personality(READ_IMPLIES_EXEC), DENIED, 0);
    struct {
        unsigned length;
        int kind;
        char space[128];
    } handle = {.length = 128};
    int which;
    refused("name_to_handle_at", syscall(SYS_name_to_handle_at, AT_FDCWD, "/", &handle, &which, 0), DENIED, 0);
    refused("open_by_handle_at", syscall(SYS_open_by_handle_at, AT_FDCWD, &handle, O_RDONLY), DENIED, 0);
    return verdict();
}

/* The same calls by the doors for other machines' programs, which filters forget: by number with the mark of x32 … */
static int x32(int count, char **words) {
    (void)count, (void)words;
    refused("getpid", syscall(0x40000000 + SYS_getpid), DENIED, 0);
    refused("unshare", syscall(0x40000000 + SYS_unshare, CLONE_NEWUSER), DENIED, 0);
    refused("ptrace", syscall(0x40000000 + 521, PTRACE_TRACEME, 0, 0, 0), DENIED, 0);
    return verdict();
}

/* … and by the interrupt for programs of 32 bits: unshare(CLONE_NEWUSER). It must not even come back. */
static int interrupt(int count, char **words) {
    (void)count, (void)words;
    long result = 310;
#ifdef __x86_64__
    __asm__ volatile("int $0x80" : "+a"(result) : "b"(CLONE_NEWUSER) : "memory", "r8", "r9", "r10", "r11");
#else
    raise(SIGSYS);
#endif
    tell("came back", result);
    return 66;
}

/* Characters put into the terminal as if someone had typed them, for whoever reads it next. */
static int typing(int count, char **words) {
    (void)count, (void)words;
    must("a terminal", isatty(0));
    refused("TIOCSTI", ioctl(0, 0x5412, "x"), DENIED, 0);
    refused("TIOCSTI with high bits", ioctl(0, 0x5412 | 1UL << 32, "x"), DENIED, 0);
    refused("TIOCLINUX", ioctl(0, 0x541c, "\x03"), DENIED, ENOTTY, EINVAL, 0);
    refused("TIOCCONS", ioctl(0, 0x541d, NULL), DENIED, 0);
    refused("another's terminal", open("/dev/console", O_RDWR | O_CLOEXEC), ENOENT, ENXIO, EIO, EACCES, EPERM, 0);
    return verdict();
}

const struct attack kernels[] = {
    {"mounts", mounts}, {"namespaces", namespaces}, {"tracing", tracing},     {"engines", engines}, {"keys", keys},
    {"machine", machine}, {"x32", x32},             {"interrupt", interrupt}, {"typing", typing},   {0},
};
