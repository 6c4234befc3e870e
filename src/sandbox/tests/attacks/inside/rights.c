/* To become someone else, or to be allowed more. */
#include "attack.h"

#include <grp.h>
#include <linux/capability.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>

/* Whom guests are: the owner of their home. */
static int guest(void) {
    struct stat home;
    return stat("/home/guest", &home) ? -1 : (int)home.st_uid;
}

/* Whether a row has that number in it and nothing else. */
static bool only(const char *row, int number) {
    char *rest;
    return strtol(row, &rest, 10) == number && rest[strspn(rest, "\t ")] == 0;
}

/* What the kernel says of a process: attack status tells of itself and of the first one. */
static int status(int count, char **words) {
    (void)count, (void)words;
    static const char *processes[] = {"/proc/self/status", "/proc/1/status"};
    for (int process = 0; process < 2; process++) {
        FILE *file = fopen(processes[process], "re");
        char row[512];
        int rows = 0;
        while (file && fgets(row, sizeof row, file)) {
            row[strcspn(row, "\n")] = 0;
            if (!strncmp(row, "Cap", 3))
                rows++, must(row, strtoull(strchr(row, '\t'), NULL, 16) == 0);
            if (!strncmp(row, "NoNewPrivs:", 11))
                rows++, must(row, atoi(row + 11) == 1);
            if (!strncmp(row, "Uid:", 4) || !strncmp(row, "Gid:", 4)) {
                char expected[64];
                snprintf(expected, sizeof expected, "\t%d\t%d\t%d\t%d", guest(), guest(), guest(), guest());
                rows++, must(row, guest() >= 59000 && !strcmp(row + 4, expected));
            }
            if (!strncmp(row, "Groups:", 7))
                rows++, must(row, row[7 + strspn(row + 7, "\t ")] == 0 || only(row + 7, guest()));
            if (process == 0 && !strncmp(row, "Seccomp:", 8))
                rows++, must(row, atoi(row + 8) == 2);
        }
        must("all was told", rows == (process ? 9 : 10));
    }
    return verdict();
}

static int identity(int count, char **words) {
    (void)count, (void)words;
    gid_t wheel = 0;
    refused("setuid", setuid(0), DENIED, EINVAL, 0);
    refused("setgid", setgid(0), DENIED, EINVAL, 0);
    refused("setresuid", setresuid(0, 0, 0), DENIED, EINVAL, 0);
    refused("setresgid", setresgid(0, 0, 0), DENIED, EINVAL, 0);
    refused("setgroups", setgroups(1, &wheel), DENIED, EINVAL, 0);
    refused("no groups", setgroups(0, NULL), DENIED, 0);
    setfsuid(0);
    must("setfsuid", setfsuid(-1) == guest());
    refused("another user", setuid(1000), DENIED, EINVAL, 0);
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct all[2] = {{~0U, ~0U, ~0U}, {~0U, ~0U, ~0U}};
    refused("capset", syscall(SYS_capset, &head, all), DENIED, 0);
    struct __user_cap_data_struct one[2] = {{1U << CAP_SYS_ADMIN, 1U << CAP_SYS_ADMIN, 0}, {0}};
    refused("one capability", syscall(SYS_capset, &head, one), DENIED, 0);
    refused("an ambient one", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_ADMIN, 0, 0), DENIED, 0);
    refused("new privileges", prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL, DENIED, 0);
    refused("security bits", prctl(PR_SET_SECUREBITS, 1, 0, 0, 0), DENIED, 0);
    refused("no filter", prctl(PR_SET_SECCOMP, 0, 0, 0, 0), EINVAL, DENIED, 0);
    refused("chown to root", chown("/work/attack", 0, 0), DENIED, EINVAL, EROFS, 0);
    return verdict();
}

/* Tells as whom it runs; started by setuid below. */
static int whoami(int count, char **words) {
    (void)count, (void)words;
    return (int)geteuid() == guest() && (int)getegid() == guest() && (int)getuid() == guest() ? 0 : 66;
}

/* Programs that run as someone else: one of our own, and those of the host. */
static int setuid_files(int count, char **words) {
    (void)count, (void)words;
    must("a copy", copy_self("/work/other") == 0);
    refused("made root's", chown("/work/other", 0, 0), DENIED, EINVAL, 0);
    must("marked", chmod("/work/other", 06755) == 0 || errno == EPERM);
    char *own[] = {"/work/other", "whoami", NULL};
    must("runs as the guest", run_program(own) == 0);
    refused("capabilities of a file",
            syscall(SYS_setxattr, "/work/other", "security.capability", "\1\0\0\2\377\377\377\377\377\377\377\377\0\0\0\0\0\0\0\0",
                    20, 0), DENIED, EOPNOTSUPP, 0);
    must("runs as the guest still", run_program(own) == 0);
    static char *const theirs[][4] = {{"/usr/bin/su", "-c", "id", NULL},
                                      {"/usr/bin/mount", "/tmp", NULL},
                                      {"/usr/bin/newgrp", "root", NULL},
                                      {"/usr/bin/chsh", "-s", "/work/attack", NULL}};
    for (size_t at = 0; at < sizeof theirs / sizeof *theirs; at++) {
        must(theirs[at][0], run_program(theirs[at]) != 0);
    }
    return verdict();
}

const struct attack rights[] = {
    {"status", status}, {"identity", identity}, {"whoami", whoami}, {"setuid_files", setuid_files}, {0},
};
