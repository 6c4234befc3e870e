/* Places of the host and of the kernel: /proc, /sys, /dev, the first process, and whatever lies outside. */
#include "attack.h"

#include <dirent.h>
#include <ftw.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/sysmacros.h>

#define ABSENT ENOENT, ENOTDIR, ENXIO, ENODEV, EROFS, EISDIR, EIO

static void not_written(const char *path, const char *text) {
    refused(path, write_into(path, text), ABSENT, EINVAL, DENIED, 0);
}

static void not_opened(const char *path, int how) {
    int file = open(path, how | O_CLOEXEC | O_NONBLOCK);
    refused(path, file, ABSENT, ELOOP, DENIED, 0);
    if (file >= 0)
        close(file);
}

/* The kernel's settings, and how it is told to run a program of ours as root. */
static int settings(int count, char **words) {
    (void)count, (void)words;
    static const char *paths[] = {
        "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe",    "/proc/sys/kernel/hotplug",
        "/proc/sys/kernel/hostname",     "/proc/sys/kernel/sysrq",       "/proc/sys/kernel/ns_last_pid",
        "/proc/sys/kernel/poweroff_cmd", "/proc/sys/vm/overcommit_memory", "/proc/sys/vm/drop_caches",
        "/proc/sys/vm/panic_on_oom",     "/proc/sys/fs/suid_dumpable",   "/proc/sys/fs/file-max",
        "/proc/sys/fs/protected_symlinks", "/proc/sys/fs/binfmt_misc/register", "/proc/sys/user/max_user_namespaces",
        "/proc/sys/kernel/shmmax",       "/proc/sys/fs/mqueue/msg_max",  "/proc/sys/net/core/somaxconn",
        "/proc/sysrq-trigger",           "/proc/irq/default_smp_affinity", "/proc/acpi/wakeup",
        "/proc/mtrr",                    "/proc/scsi/scsi",              "/proc/fs/nfsd/threads",
        "/proc/self/uid_map",            "/proc/self/gid_map",           "/proc/self/setgroups",
        "/proc/1/loginuid",              "/proc/1/oom_score_adj",        "/proc/1/uid_map",
        "/proc/1/coredump_filter",       "/sys/kernel/uevent_helper",    "/sys/power/state",
        "/sys/kernel/mm/transparent_hugepage/enabled", "/sys/module/printk/parameters/time",
        "/sys/devices/system/cpu/cpu1/online", "/sys/block/vda/queue/read_ahead_kb", "/sys/fs/selinux/enforce",
    };
    for (size_t at = 0; at < sizeof paths / sizeof *paths; at++)
        not_written(paths[at], "1");
    return verdict();
}

static int group_tried(const char *path, const struct stat *what, int kind, struct FTW *where) {
    (void)what;
    const char *name = path + where->base;
    if (kind == FTW_F && (!strcmp(name, "release_agent") || !strcmp(name, "notify_on_release") ||
                          !strcmp(name, "cgroup.procs") || !strcmp(name, "tasks") || !strcmp(name, "devices.allow") ||
                          !strcmp(name, "memory.max") || !strcmp(name, "memory.limit_in_bytes") ||
                          !strcmp(name, "cgroup.subtree_control")))
        not_opened(path, O_WRONLY);
    return 0;
}

/* Control groups: wherever one is seen, it cannot be written; none can be made or mounted. */
static int groups(int count, char **words) {
    (void)count, (void)words;
    nftw("/sys/fs/cgroup", group_tried, 16, FTW_PHYS);
    refused("a new one", mkdir("/sys/fs/cgroup/mine", 0700), ABSENT, DENIED, 0);
    refused("a new one of memory", mkdir("/sys/fs/cgroup/memory/mine", 0700), ABSENT, DENIED, 0);
    not_opened("/sys/fs/cgroup/release_agent", O_WRONLY);
    not_opened("/sys/fs/cgroup/memory/release_agent", O_WRONLY);
    refused("mount of v1", syscall(SYS_mount, "none", "/tmp", "cgroup", 0, "memory"), DENIED, 0);
    refused("mount of v2", syscall(SYS_mount, "none", "/tmp", "cgroup2", 0, ""), DENIED, 0);
    return verdict();
}

/* Devices: those of the machine are not there, and none can be made. */
static int devices(int count, char **words) {
    (void)count, (void)words;
    static const char *names[] = {"mem", "kmem", "port", "kmsg", "sda", "vda", "nvme0n1", "dm-0", "loop0", "loop-control",
                                  "mapper/control", "fuse", "kvm", "net/tun", "vhost-net", "vhost-vsock", "vsock",
                                  "uinput", "rtc0", "hpet", "nvram", "cpu/0/msr", "snapshot", "snd/timer", "dri/card0",
                                  "input/event0", "bus/usb/001/001", "tty0", "tty1", "ttyS0", "vcs", "hvc0", "userfaultfd",
                                  "btrfs-control", "autofs", "cuse", "ppp", "watchdog", "tpm0", "udmabuf", "vfio/vfio"};
    char path[64];
    for (size_t at = 0; at < sizeof names / sizeof *names; at++) {
        snprintf(path, sizeof path, "/dev/%s", names[at]);
        not_opened(path, O_RDONLY);
        not_opened(path, O_WRONLY);
    }
    static const char *folders[] = {"/work", "/tmp", "/dev", "/dev/shm", "/home/guest"};
    for (size_t at = 0; at < sizeof folders / sizeof *folders; at++) {
        snprintf(path, sizeof path, "%s/made", folders[at]);
        refused("a memory device", mknod(path, S_IFCHR | 0666, makedev(1, 1)), ABSENT, DENIED, 0);
        refused("the kernel's messages", mknod(path, S_IFCHR | 0666, makedev(1, 11)), ABSENT, DENIED, 0);
        refused("a disk", mknod(path, S_IFBLK | 0666, makedev(254, 0)), ABSENT, DENIED, 0);
    }
    /* What is there is harmless: null, zero, full, random, urandom, tty, ptmx, console, and pseudo-terminals. */
    DIR *all = opendir("/dev");
    for (struct dirent *one; all && (one = readdir(all));) {
        struct stat what;
        snprintf(path, sizeof path, "/dev/%.40s", one->d_name);
        if (lstat(path, &what) || (!S_ISCHR(what.st_mode) && !S_ISBLK(what.st_mode)))
            continue;
        unsigned high = major(what.st_rdev), low = minor(what.st_rdev);
        must(path, S_ISCHR(what.st_mode) && ((high == 1 && (low == 3 || low == 5 || low == 7 || low == 8 || low == 9)) ||
                                             (high == 5 && low <= 2) || (high >= 136 && high <= 143)));
    }
    return verdict();
}

/* What the kernel tells of the machine and of the other processes. */
static int secrets(int count, char **words) {
    (void)count, (void)words;
    static const char *paths[] = {"/proc/kcore", "/proc/kmsg", "/proc/kpagecount", "/proc/kpageflags", "/proc/vmallocinfo",
                                  "/proc/slabinfo", "/proc/timer_list", "/proc/keys", "/proc/sched_debug",
                                  "/sys/kernel/debug/tracing/trace", "/sys/kernel/tracing/trace_pipe",
                                  "/sys/kernel/security/lsm", "/sys/firmware/dmi/tables/DMI", "/sys/firmware/memmap/0/start",
                                  "/sys/class/dmi/id/product_uuid"};
    char bytes[4096];
    for (size_t at = 0; at < sizeof paths / sizeof *paths; at++) {
        int file = open(paths[at], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        /* An engine lays an empty file over some of them. */
        long length = file < 0 ? -1 : read(file, bytes, sizeof bytes);
        if (length == 0)
            length = -1, errno = ENOENT;
        refused(paths[at], length, ABSENT, EAGAIN, DENIED, 0);
    }
    /* The names are there for everyone; their addresses are not. */
    FILE *symbols = fopen("/proc/kallsyms", "re");
    if (symbols && fgets(bytes, sizeof bytes, symbols))
        must("addresses of the kernel", strtoull(bytes, NULL, 16) == 0);
    not_written("/proc/self/pagemap", "x");
    return verdict();
}

/* The first process, which speaks with the host, is the same user: its files, its memory, its streams. */
static int first_process(int count, char **words) {
    (void)count, (void)words;
    static const char *inside[] = {"mem", "environ", "maps", "smaps", "exe", "cwd", "root", "fd/0", "fd/1", "fd/2", "auxv",
                                   "map_files", "stack", "syscall", "io", "pagemap", "fdinfo/0", "task/1/mem",
                                   "task/1/fd/1", "task/1/environ", "attr/current", "clear_refs", "personality", "ns/user", "ns/mnt", "cwd/etc/shadow", "root/etc/shadow", "root/.."};
    char path[64];
    for (size_t at = 0; at < sizeof inside / sizeof *inside; at++) {
        bool attribute = !strncmp(inside[at], "attr", 4);
        snprintf(path, sizeof path, "/proc/1/%s", inside[at]);
        if (!attribute)
            not_opened(path, strchr(inside[at], '/') && strncmp(inside[at], "ns", 2) && !strstr(inside[at], "root") &&
                                     !strstr(inside[at], "cwd") ? O_RDWR : O_RDONLY);
        else
            not_written(path, "unconfined");
    }
    /* This one can be opened by anyone, and only then looks at who it is. */
    not_written("/proc/1/timerslack_ns", "1");
    char target[PATH_MAX];
    refused("where its output leads", readlink("/proc/1/fd/1", target, sizeof target), DENIED, ENOENT, 0);
    return verdict();
}

/* Frames as the first process writes them, put into its own stream: a forged end, with status 0. */
static int forge(int count, char **words) {
    (void)count, (void)words;
    static const char frame[] = "\4\1\0\0\0\33\0\0\0{\"status\":0,\"memory\":false}";
    char path[64];
    for (int file = 0; file < 16; file++) {
        snprintf(path, sizeof path, "/proc/1/fd/%d", file);
        int stream = open(path, O_WRONLY | O_CLOEXEC);
        refused(path, stream < 0 ? -1 : write(stream, frame, sizeof frame - 1), DENIED, ENOENT, 0);
        /* What this process itself was handed must not be more than its three streams. */
        if (file > 2)
            refused("a stream of ours", fcntl(file, F_GETFD) < 0 ? -1 : write(file, frame, sizeof frame - 1), EBADF, 0);
    }
    fwrite(frame, 1, sizeof frame - 1, stdout);
    putchar('\n');
    verdict();
    return 9;
}

/* Every signal, many times, at the first process and at everyone. */
static int murder(int count, char **words) {
    (void)count, (void)words;
    for (int round = 0; round < 20; round++)
        for (int number = 1; number < 65; number++)
            kill(1, number);
    for (int number = 1; number < 65; number++)
        signal(number, SIG_IGN);
    for (int number = 1; number < 65; number++)
        kill(-1, number);
    wait_millis(200);
    must("the first process lives", kill(1, 0) == 0);
    return verdict();
}

/* Its limits and its place in the queue, which belong to the same user. */
static int starve(int count, char **words) {
    (void)count, (void)words;
    struct rlimit none = {0, 0};
    static const int kinds[] = {RLIMIT_CPU, RLIMIT_NOFILE, RLIMIT_FSIZE, RLIMIT_AS, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_NPROC};
    for (size_t at = 0; at < sizeof kinds / sizeof *kinds; at++)
        refused("a limit of the first process", prlimit(1, kinds[at], &none, NULL), DENIED, 0);
    return verdict();
}

/* attack outside PID CANARY…: a process of the host, and files of the host by every way that could lead there. */
static int outside(int count, char **words) {
    pid_t foreign = atoi(words[0]);
    refused("a signal to the host", kill(foreign, SIGKILL), ESRCH, DENIED, 0);
    refused("a handle on it", syscall(SYS_pidfd_open, foreign, 0), ESRCH, DENIED, 0);
    static const char *ways[] = {"", "/proc/1/root", "/proc/self/root", "/proc/self/cwd/../../../../../..",
                                 "/work/../../../..", "/proc/self/root/../../../..", "/dev/fd/../../../.."};
    char path[PATH_MAX];
    for (size_t way = 0; way < sizeof ways / sizeof *ways; way++) {
        for (int word = 1; word < count; word++) {
            snprintf(path, sizeof path, "%s%s", ways[way], words[word]);
            not_opened(path, O_RDONLY);
        }
        static const char *known[] = {"/etc/shadow", "/root/.ssh", "/root/.bashrc", "/home/user", "/var/lib/docker",
                                      "/run/docker.sock", "/var/run/docker.sock", "/etc/ssh", "/boot/vmlinuz", "/etc/sudoers"};
        for (size_t at = 0; at < sizeof known / sizeof *known; at++) {
            snprintf(path, sizeof path, "%s%s", ways[way], known[at]);
            not_opened(path, O_RDONLY);
        }
    }
    return verdict();
}

/* Which processes are seen: for the test to know them all. And what they and this one were told of the host. */
static int neighbours(int count, char **words) {
    DIR *all = opendir("/proc");
    char path[64], row[8192];
    int seen = 0;
    for (struct dirent *one; all && (one = readdir(all));) {
        int pid = atoi(one->d_name);
        if (pid <= 0)
            continue;
        seen++;
        static const char *files[] = {"environ", "cmdline"};
        for (int file = 0; file < 2; file++) {
            snprintf(path, sizeof path, "/proc/%d/%s", pid, files[file]);
            int in = open(path, O_RDONLY | O_CLOEXEC);
            ssize_t length = in < 0 ? 0 : read(in, row, sizeof row - 1);
            for (int word = 0; word < count; word++)
                if (pid != getpid() && length > 0)
                    must("nothing of the host", !memmem(row, length, words[word], strlen(words[word])));
            close(in);
        }
    }
    tell("processes", seen);
    must("few", seen > 0 && seen <= 4);
    for (char **variable = environ; *variable; variable++)
        printf("env %s\n", *variable);
    return verdict();
}

#define PLANTED "/work", "/tmp", "/dev/shm", "/home/guest"

/* attack plant NAME leaves something wherever another sandbox might find it, and stays … */
static int plant(int count, char **words) {
    (void)count;
    static const char *folders[] = {PLANTED};
    char path[PATH_MAX];
    for (size_t at = 0; at < sizeof folders / sizeof *folders; at++) {
        snprintf(path, sizeof path, "%s/%s", folders[at], words[0]);
        int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
        must(path, file >= 0);
        close(file);
    }
    shmget((key_t)strtoul(words[0], NULL, 16), 4096, IPC_CREAT | 0666);
    semget((key_t)strtoul(words[0], NULL, 16), 1, IPC_CREAT | 0666);
    msgget((key_t)strtoul(words[0], NULL, 16), IPC_CREAT | 0666);
    snprintf(path, sizeof path, "/%s", words[0]);
    mq_open(path, O_RDWR | O_CREAT, 0666, NULL);
    puts("planted");
    fflush(stdout);
    for (;;)
        pause();
}

/* … and attack seek NAME looks for it. */
static int seek(int count, char **words) {
    (void)count;
    static const char *folders[] = {PLANTED, "/var/tmp", "/run", "/proc/1/root/work", "/proc/1/cwd"};
    char path[PATH_MAX];
    for (size_t at = 0; at < sizeof folders / sizeof *folders; at++) {
        snprintf(path, sizeof path, "%s/%s", folders[at], words[0]);
        not_opened(path, O_RDONLY);
    }
    key_t key = (key_t)strtoul(words[0], NULL, 16);
    refused("shared memory", shmget(key, 1, 0), ENOENT, DENIED, 0);
    refused("semaphores", semget(key, 1, 0), ENOENT, DENIED, 0);
    refused("a queue of messages", msgget(key, 0), ENOENT, DENIED, 0);
    snprintf(path, sizeof path, "/%s", words[0]);
    refused("a queue by its name", mq_open(path, O_RDWR), ENOENT, DENIED, 0);
    return verdict();
}

const struct attack places[] = {
    {"settings", settings}, {"groups", groups},   {"devices", devices}, {"secrets", secrets}, {"first_process", first_process},
    {"forge", forge},       {"murder", murder},   {"starve", starve},   {"outside", outside}, {"neighbours", neighbours},
    {"plant", plant},       {"seek", seek},       {0},
};
