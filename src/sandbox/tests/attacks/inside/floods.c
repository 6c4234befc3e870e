/* Floods: more of something than there may be. Those that have an end tell how far they got. */
#include "attack.h"

#include <mqueue.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#define MIB (1L << 20)

/* Every process makes more of them, for ever. */
static int forks(int count, char **words) {
    (void)count, (void)words;
    for (;;)
        fork();
}

/* As many as can be had at once, each waiting; they are left behind. */
static int children(int count, char **words) {
    (void)count, (void)words;
    int had = 0;
    for (pid_t child; had < 20000; had++) {
        child = fork();
        if (child == 0)
            for (;;)
                pause();
        if (child < 0)
            break;
    }
    refused("another process", had < 20000 ? -1 : 0, EAGAIN, ENOMEM, 0);
    tell("children", had);
    return verdict();
}

static void *waiting(void *nothing) {
    for (;;)
        pause();
    return nothing;
}

static int threads(int count, char **words) {
    (void)count, (void)words;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, PTHREAD_STACK_MIN);
    int had = 0, error = 0;
    for (pthread_t thread; had < 20000 && !(error = pthread_create(&thread, &small, waiting, NULL)); had++) {
    }
    errno = error;
    refused("another thread", error ? -1 : 0, EAGAIN, ENOMEM, 0);
    tell("threads", had);
    return verdict();
}

/* Ended children whose status nobody asks for keep their number. */
static int zombies(int count, char **words) {
    (void)count, (void)words;
    int had = 0;
    for (pid_t child; had < 20000; had++) {
        child = fork();
        if (child == 0)
            _exit(0);
        if (child < 0)
            break;
    }
    refused("another zombie", had < 20000 ? -1 : 0, EAGAIN, ENOMEM, 0);
    tell("zombies", had);
    return verdict();
}

static char *touched(long bytes) {
    char *block = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED)
        return NULL;
    for (long at = 0; at < bytes; at += 4096)
        block[at] = 1;
    return block;
}

/* Memory that is used, for ever. A refusal is no end: it asks again. */
static int memory(int count, char **words) {
    (void)count, (void)words;
    puts("began");
    fflush(stdout);
    for (;;)
        if (!touched(MIB))
            wait_millis(1);
}

/* Many processes, each with less than what all may have. */
static int memory_shared_out(int count, char **words) {
    long each = count ? atol(words[0]) : 16;
    int killed = 0;
    for (int child = 0; child < 12; child++)
        if (fork() == 0) {
            for (long had = 0; had < each && touched(MIB);)
                had++;
            for (;;)
                pause();
        }
    for (int status; !killed && wait(&status) > 0;)
        killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    tell("killed", killed);
    raise(SIGKILL);
    return 0;
}

/* Memory pushed out to swap again and again, to have more than there may be. */
static int swap(int count, char **words) {
    (void)count, (void)words;
    puts("began");
    fflush(stdout);
    for (;;) {
        char *block = touched(4 * MIB);
        if (block)
            madvise(block, 4 * MIB, MADV_PAGEOUT);
        else
            wait_millis(1);
    }
}

static int __attribute__((noinline)) deeper(volatile int depth) {
    volatile char taken[4096];
    taken[depth % 4096] = 1;
    return deeper(depth + 1) + taken[0];
}

static int stack(int count, char **words) {
    (void)count, (void)words;
    return deeper(0);
}

/* Files without contents, until no more can be made: attack inodes FOLDER MOST. */
static int inodes(int count, char **words) {
    long most = count > 1 ? atol(words[1]) : 0, had = 0;
    char path[PATH_MAX];
    for (; had <= most; had++) {
        snprintf(path, sizeof path, "%s/%ld", words[0], had);
        int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (file < 0)
            break;
        close(file);
    }
    refused("another file", had <= most ? -1 : 0, ENOSPC, EDQUOT, 0);
    tell("inodes", had);
    return verdict();
}

/* Contents, until nothing more fits: attack fill FOLDER MOST_MIB. */
static int fill(int count, char **words) {
    static char block[MIB];
    long most = count > 1 ? atol(words[1]) : LONG_MAX, had = 0;
    char path[PATH_MAX];
    memset(block, 7, sizeof block);
    for (int file = 0; had <= most; file++) {
        snprintf(path, sizeof path, "%s/full%d", words[0], file);
        int out = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (out < 0)
            break;
        /* Files of 8 MiB, so that the limit of one file is not what ends it. */
        ssize_t written = 0;
        for (int part = 0; part < 8 && had <= most; part++, had++)
            if ((written = write(out, block, MIB)) != MIB)
                break;
        int error = errno;
        close(out);
        if (written != MIB) {
            /* The end of the space cuts a write short before it refuses the next one. */
            errno = written >= 0 ? ENOSPC : error;
            break;
        }
    }
    refused("another MiB", had <= most ? -1 : 0, ENOSPC, EDQUOT, 0);
    tell("filled", had);
    return verdict();
}

/* Files larger than they may be, without contents: attack sparse FILE MOST_BYTES. */
static int sparse(int count, char **words) {
    long long most = count > 1 ? atoll(words[1]) : 0;
    signal(SIGXFSZ, SIG_IGN);
    int file = open(words[0], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    must("a file", file >= 0);
    refused("ftruncate 1 TiB", ftruncate(file, 1LL << 40), EFBIG, 0);
    refused("ftruncate one byte over", ftruncate(file, most + 1), EFBIG, 0);
    refused("pwrite past the limit", pwrite(file, "x", 1, most), EFBIG, 0);
    refused("pwrite at 8 EiB", pwrite(file, "x", 1, LLONG_MAX - 1), EFBIG, EINVAL, 0);
    refused("fallocate 1 TiB", fallocate(file, 0, 0, 1LL << 40), EFBIG, ENOSPC, EOPNOTSUPP, 0);
    struct rlimit more = {RLIM_INFINITY, RLIM_INFINITY};
    refused("raise the limit", setrlimit(RLIMIT_FSIZE, &more), EPERM, 0);
    struct stat now;
    must("its size", fstat(file, &now) == 0 && now.st_size <= most);
    /* As before, without care for the signal. */
    signal(SIGXFSZ, SIG_DFL);
    verdict();
    return ftruncate(file, 1LL << 40);
}

static int sent_away(int carrier, int what) {
    char byte = 0, space[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(head), &what, sizeof what);
    return sendmsg(carrier, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -1 : 0;
}

/* Open files: as many as one process may have, as many again on their way through sockets: attack descriptors MOST. */
static int descriptors(int count, char **words) {
    long most = count ? atol(words[0]) : 0, had = 0, away = 0;
    struct rlimit more = {1 << 20, 1 << 20};
    refused("raise the limit", setrlimit(RLIMIT_NOFILE, &more), EPERM, 0);
    int pair[2], spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    must("a pair of sockets", socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) == 0);
    while (away < 10 * most && sent_away(pair[0], spare) == 0)
        away++;
    refused("another on its way", away < 10 * most ? -1 : 0, EAGAIN, ETOOMANYREFS, ENOBUFS, 0);
    while (had <= most && open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0)
        had++;
    refused("another open file", had <= most ? -1 : 0, EMFILE, 0);
    tell("away", away);
    tell("open", had);
    return verdict();
}

/* Every process its own descriptors, of a kind: attack kernel_objects pipe|epoll|eventfd|inotify|socket|timer. */
static int kernel_objects(int count, char **words) {
    const char *kind = count ? words[0] : "pipe";
    static char block[65536];
    for (int child = 0; child < 16; child++)
        if (fork() == 0) {
            long had = 0;
            for (int made = 0, pair[2]; had < 100000; had++) {
                if (!strcmp(kind, "pipe")) {
                    made = pipe2(pair, O_CLOEXEC | O_NONBLOCK);
                    if (made == 0) {
                        fcntl(pair[1], F_SETPIPE_SZ, 1 << 20);
                        while (write(pair[1], block, sizeof block) > 0) {
                        }
                    }
                } else if (!strcmp(kind, "socket")) {
                    made = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair);
                    while (made == 0 && write(pair[1], block, sizeof block) > 0) {
                    }
                } else if (!strcmp(kind, "epoll")) {
                    made = epoll_create1(EPOLL_CLOEXEC);
                    struct epoll_event event = {.events = EPOLLIN};
                    if (made >= 0)
                        epoll_ctl(made, EPOLL_CTL_ADD, 0, &event);
                } else if (!strcmp(kind, "eventfd")) {
                    made = eventfd(0, EFD_CLOEXEC);
                } else if (!strcmp(kind, "inotify")) {
                    made = inotify_init1(IN_CLOEXEC);
                    if (made >= 0)
                        inotify_add_watch(made, "/work", IN_ALL_EVENTS);
                } else {
                    made = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
                }
                if (made < 0)
                    break;
            }
            _exit(had >= 100000 ? 1 : errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOSPC ? 0 : 2);
        }
    int ended = 0, well = 0;
    for (int status; wait(&status) > 0; ended++)
        well += WIFEXITED(status) && WEXITSTATUS(status) == 0;
    must("an end for each", ended > 0 && well == ended);
    return verdict();
}

/* Files that lie nowhere. Where they may be made at all, their contents count as memory. */
static int memfds(int count, char **words) {
    (void)count, (void)words;
    static char block[MIB];
    memset(block, 7, sizeof block);
    for (int had = 0;; had++) {
        int file = memfd_create("flood", 0);
        if (file < 0 && had == 0) {
            refused("memfd_create", file, DENIED, 0);
            return verdict();
        }
        for (int part = 0; part < 8; part++)
            if (write(file, block, MIB) < 0)
                wait_millis(1);
    }
}

/* Shared memory of the old kind, which outlives who made it: attack segments KEY. */
static int segments(int count, char **words) {
    int key = count ? atoi(words[0]) : 4711;
    for (int had = 0;; had++) {
        int segment = shmget(key + had, 8 * MIB, IPC_CREAT | 0600);
        if (segment < 0 && had == 0) {
            refused("shmget", segment, DENIED, 0);
            return verdict();
        }
        char *at = segment < 0 ? (char *)-1 : shmat(segment, NULL, 0);
        for (long byte = 0; at != (char *)-1 && byte < 8 * MIB; byte += 4096)
            at[byte] = 1;
        if (at == (char *)-1)
            wait_millis(1);
        else
            shmdt(at);
    }
}

static int queues(int count, char **words) {
    (void)count, (void)words;
    static char message[8192];
    struct mq_attr shape = {.mq_maxmsg = 10, .mq_msgsize = sizeof message};
    long had = 0;
    for (char name[32]; had < 100000; had++) {
        snprintf(name, sizeof name, "/flood%ld", had);
        mqd_t queue = mq_open(name, O_RDWR | O_CREAT | O_NONBLOCK, 0600, &shape);
        if (queue < 0)
            break;
        while (mq_send(queue, message, sizeof message, 0) == 0) {
        }
        mq_close(queue);
    }
    refused("another queue", had < 100000 ? -1 : 0, EMFILE, ENOSPC, ENOMEM, ENFILE, DENIED, 0);
    tell("queues", had);
    return verdict();
}

/* Signals that wait to be taken. */
static int pending_signals(int count, char **words) {
    (void)count, (void)words;
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    long had = 0;
    while (had < 1000000 && sigqueue(getpid(), SIGRTMIN, (union sigval){0}) == 0)
        had++;
    refused("another signal", had < 1000000 ? -1 : 0, EAGAIN, 0);
    tell("signals", had);
    return verdict();
}

/* What the kernel counts for the whole machine: places for input and output that is waited for later, 65536 of them … */
static int aio(int count, char **words) {
    (void)count, (void)words;
    unsigned long context = 0;
    refused("a place for each", syscall(SYS_io_setup, 60000, &context), DENIED, 0);
    context = 0;
    refused("a place for one", syscall(SYS_io_setup, 1, &context), DENIED, 0);
    return verdict();
}

/* … and terminals, some thousands: attack terminals MOST. */
static int terminals(int count, char **words) {
    long most = count ? atol(words[0]) : 0, had = 0;
    int answer[2];
    if (pipe(answer))
        return 1;
    for (int child = 0; child < 24; child++)
        if (fork() == 0) {
            char one = '.';
            while (open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC) >= 0)
                if (write(answer[1], &one, 1) != 1)
                    break;
            close(answer[1]);
            for (;;)
                pause();
        }
    close(answer[1]);
    for (char one; read(answer[0], &one, 1) == 1;)
        had++;
    tell("terminals", had);
    must("few", had <= most);
    return verdict();
}

/* Locks on files, each of its own byte, which no control group counts: for a second, by one process. */
static int locks(int count, char **words) {
    (void)count, (void)words;
    long had = 0;
    int file = open("/work/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    for (long long start = now_millis(); now_millis() - start < 1000;) {
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 2 * had, .l_len = 1};
        if (fcntl(file, F_SETLK, &lock))
            break;
        had++;
    }
    must("some", had > 0);
    tell("locks", had);
    return verdict();
}

/* Takes all there is of what the kernel counts by user, and keeps it … */
static int hoard(int count, char **words) {
    (void)count, (void)words;
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    for (int child = 0; child < 24; child++)
        if (fork() == 0) {
            while (sigqueue(getpid(), SIGRTMIN, (union sigval){0}) == 0) {
            }
            while (inotify_init1(IN_CLOEXEC) >= 0) {
            }
            for (int pair[2]; pipe2(pair, O_CLOEXEC) == 0;)
                fcntl(pair[1], F_SETPIPE_SZ, 1 << 20);
            for (;;)
                pause();
        }
    wait_millis(500);
    puts("hoarded");
    fflush(stdout);
    for (;;)
        pause();
}

/* … and whether another sandbox still gets its share. */
static int share(int count, char **words) {
    (void)count, (void)words;
    must("a signal", sigqueue(getpid(), SIGCHLD, (union sigval){0}) == 0);
    must("watching files", inotify_init1(IN_CLOEXEC) >= 0);
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    must("another process", child > 0);
    int pair[2];
    must("a pipe", pipe2(pair, O_CLOEXEC) == 0);
    tell("pipe", fcntl(pair[1], F_GETPIPE_SZ));
    return verdict();
}

const struct attack floods[] = {
    {"forks", forks},         {"children", children},
    {"threads", threads},     {"zombies", zombies},
    {"memory", memory},       {"memory_shared_out", memory_shared_out},
    {"swap", swap},           {"stack", stack},
    {"inodes", inodes},       {"fill", fill},
    {"sparse", sparse},       {"descriptors", descriptors},
    {"memfds", memfds},       {"kernel_objects", kernel_objects},
    {"segments", segments},   {"queues", queues},
    {"signals", pending_signals}, {"hoard", hoard},
    {"share", share},         {"aio", aio},
    {"terminals", terminals}, {"locks", locks},
    {0},
};
