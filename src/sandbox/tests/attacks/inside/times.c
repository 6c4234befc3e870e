/* Guests that do not end, or do not end when told to. */
#include "attack.h"

#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>

static void began(void) {
    puts("began");
    fflush(stdout);
}

static int spin(int count, char **words) {
    (void)count, (void)words;
    began();
    for (volatile unsigned long turns = 0;; turns++) {
    }
}

static void *spinning(void *nothing) {
    for (volatile unsigned long turns = 0;; turns++) {
    }
    return nothing;
}

/* Eight threads that spin for a second: how much of a processor do they get? In thousandths of one. */
static int processors(int count, char **words) {
    (void)count, (void)words;
    for (int thread = 0; thread < 8; thread++) {
        pthread_t one;
        if (pthread_create(&one, NULL, spinning, NULL))
            return 1;
    }
    long long start = now_millis();
    wait_millis(1000);
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    tell("millis", (used.tv_sec * 1000LL + used.tv_nsec / 1000000) * 1000 / (now_millis() - start));
    fflush(stdout);
    _exit(0);
}

static int asleep(int count, char **words) {
    (void)count, (void)words;
    began();
    for (;;)
        wait_millis(1000000);
}

/* Deaf to every signal that can be ignored, in a session of its own. */
static int deaf(int count, char **words) {
    (void)count, (void)words;
    for (int signal_number = 1; signal_number < 65; signal_number++)
        signal(signal_number, SIG_IGN);
    setsid();
    began();
    for (;;)
        wait_millis(1000);
}

static int stopped(int count, char **words) {
    (void)count, (void)words;
    began();
    for (;;)
        raise(SIGSTOP);
}

static void detach(void) {
    if (fork())
        _exit(0);
    setsid();
    if (fork())
        _exit(0);
    for (int signal_number = 1; signal_number < 65; signal_number++)
        signal(signal_number, SIG_IGN);
}

/* Leaves a process behind that nothing leads to, and ends well: attack daemon quiet|holds|talks. */
static int daemons(int count, char **words) {
    const char *how = count ? words[0] : "quiet";
    puts("began");
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        detach();
        if (!strcmp(how, "quiet")) {
            close(0), close(1), close(2);
        }
        for (;;) {
            if (!strcmp(how, "talks") && write(1, "still here\n", 11) < 0)
                wait_millis(1);
            wait_millis(5);
        }
    }
    waitpid(child, NULL, 0);
    return 0;
}

/* Never the same process for long: each makes the next one and ends. The first one waits. */
static int rabbit(int count, char **words) {
    (void)count, (void)words;
    began();
    pid_t child = fork();
    if (child == 0) {
        detach();
        for (;;)
            if (fork() > 0)
                _exit(0);
    }
    for (;;)
        wait_millis(1000);
}

/* One that cannot be woken: its child has borrowed its memory and does not give it back. */
static int borrowed(int count, char **words) {
    (void)count, (void)words;
    began();
    if (vfork() == 0)
        for (;;)
            syscall(SYS_ppoll, NULL, 0, NULL, NULL, 0);
    return 0;
}

static int aborts(int count, char **words) {
    (void)count, (void)words;
    struct rlimit most = {RLIM_INFINITY, RLIM_INFINITY};
    refused("allow core files", setrlimit(RLIMIT_CORE, &most), EPERM, 0);
    must("none by itself", getrlimit(RLIMIT_CORE, &most) == 0 && most.rlim_cur == 0 && most.rlim_max == 0);
    verdict();
    abort();
}

/* Out of the mark by which it would be found: its limit of locks, its session, its process group, its parent. */
static int unmarked(int count, char **words) {
    (void)count, (void)words;
    pid_t child = fork();
    if (child == 0) {
        detach();
        struct rlimit none = {0, 0}, all = {RLIM_INFINITY, RLIM_INFINITY};
        setrlimit(RLIMIT_LOCKS, &none);
        syscall(SYS_setrlimit, RLIMIT_LOCKS, &none);
        syscall(SYS_prlimit64, 0, RLIMIT_LOCKS, &none, NULL);
        syscall(SYS_prlimit64, 0, RLIMIT_LOCKS | 1UL << 32, &all, NULL);
        prctl(PR_SET_NAME, "room");
        prctl(PR_SET_DUMPABLE, 0);
        prctl(PR_SET_CHILD_SUBREAPER, 1);
        for (;;)
            wait_millis(1000);
    }
    waitpid(child, NULL, 0);
    wait_millis(100);
    return 0;
}

/* To be served before others, and to turn the clocks. */
static int priority(int count, char **words) {
    (void)count, (void)words;
    struct sched_param first = {.sched_priority = 50};
    refused("SCHED_FIFO", sched_setscheduler(0, SCHED_FIFO, &first), DENIED, 0);
    refused("SCHED_RR", sched_setscheduler(0, SCHED_RR, &first), DENIED, 0);
    struct {
        unsigned size, policy;
        unsigned long flags;
        int nice;
        unsigned priority;
        unsigned long runtime, deadline, period;
    } soon = {.size = sizeof soon, .policy = 6, .runtime = 10000000, .deadline = 20000000, .period = 20000000};
    refused("SCHED_DEADLINE", syscall(SYS_sched_setattr, 0, &soon, 0), DENIED, 0);
    refused("nice -20", setpriority(PRIO_PROCESS, 0, -20), DENIED, 0);
    refused("real-time input and output", syscall(SYS_ioprio_set, 1, 0, 1 << 13), DENIED, 0);
    struct rlimit real = {50, 50};
    refused("RLIMIT_RTPRIO", setrlimit(RLIMIT_RTPRIO, &real), EPERM, 0);
    refused("RLIMIT_NICE", setrlimit(RLIMIT_NICE, &real), EPERM, 0);
    struct timespec then = {1000000000, 0};
    refused("clock_settime", clock_settime(CLOCK_REALTIME, &then), DENIED, 0);
    struct timeval than = {1000000000, 0};
    refused("settimeofday", syscall(SYS_settimeofday, &than, NULL), DENIED, 0);
    struct timex faster = {.modes = ADJ_FREQUENCY, .freq = 1 << 16};
    refused("adjtimex", syscall(SYS_adjtimex, &faster), DENIED, 0);
    faster.modes = ADJ_SETOFFSET;
    refused("clock_adjtime", syscall(SYS_clock_adjtime, CLOCK_REALTIME, &faster), DENIED, 0);
    refused("never to be killed for memory", write_into("/proc/self/oom_score_adj", "-1000"), DENIED, 0);
    return verdict();
}

const struct attack times[] = {
    {"spin", spin},     {"processors", processors}, {"asleep", asleep}, {"deaf", deaf},         {"stopped", stopped},
    {"daemon", daemons}, {"rabbit", rabbit},         {"borrowed", borrowed}, {"unmarked", unmarked}, {"aborts", aborts}, {"priority", priority},
    {0},
};
