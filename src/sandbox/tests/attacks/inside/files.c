/* Files that are made for whoever takes them out again, and places that are not to be written. */
#include "attack.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

#define SHUT EROFS, EACCES, EPERM, ENOENT, ENOTDIR

/* Nothing but the folders meant for it can be written. */
static int read_only(int count, char **words) {
    (void)count, (void)words;
    static const char *folders[] = {"/",         "/usr",     "/usr/bin", "/usr/lib", "/usr/local", "/etc",      "/bin",
                                    "/sbin",     "/lib",     "/lib64",   "/room",    "/proc",      "/sys",      "/dev",
                                    "/home",     "/run",     "/run/proxy", "/var",   "/var/tmp",   "/opt",      "/mnt",
                                    "/srv",      "/boot",    "/root",    "/media",   "/dev/pts",   "/etc/ssl"};
    char path[128];
    for (size_t at = 0; at < sizeof folders / sizeof *folders; at++) {
        snprintf(path, sizeof path, "%s/mine", folders[at]);
        refused(path, open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), SHUT, 0);
        refused(path, mkdir(path, 0700), SHUT, 0);
        refused(path, symlink("/etc/shadow", path), SHUT, 0);
    }
    static const char *known[] = {"/room", "/etc/passwd", "/etc/hosts", "/etc/resolv.conf", "/etc/hostname", "/etc/ld.so.cache",
                                  "/usr/bin/env", "/lib64/ld-linux-x86-64.so.2", "/proc/1/exe", "/etc/ssl/certs/ca-certificates.crt"};
    for (size_t at = 0; at < sizeof known / sizeof *known; at++) {
        refused(known[at], open(known[at], O_WRONLY | O_APPEND | O_CLOEXEC), SHUT, ETXTBSY, 0);
        refused(known[at], truncate(known[at], 0), SHUT, ETXTBSY, 0);
        refused(known[at], unlink(known[at]), SHUT, EBUSY, 0);
        refused(known[at], chmod(known[at], 0777), SHUT, 0);
        refused(known[at], link(known[at], "/work/linked"), SHUT, EXDEV, 0);
    }
    return verdict();
}

/* What may be mounted writable: memory with a size, and the kernel's own. Nothing that is a disk of the host. */
static int mount_table(int count, char **words) {
    (void)count, (void)words;
    FILE *table = fopen("/proc/self/mountinfo", "re");
    char row[4096], place[1024], options[512], kind[64], super[1024];
    int rows = 0;
    while (table && fgets(row, sizeof row, table)) {
        char *rest = strstr(row, " - ");
        if (!rest || sscanf(row, "%*s %*s %*s %*s %1023s %511s", place, options) != 2 ||
            sscanf(rest, " - %63s %*s %1023s", kind, super) != 2)
            continue;
        rows++;
        bool writable = !strncmp(options, "rw", 2) && !strncmp(super, "rw", 2) && !access(place, W_OK);
        struct stat about;
        bool device = !stat(place, &about) && S_ISCHR(about.st_mode);
        bool kernels_own = !strcmp(kind, "proc") || !strcmp(kind, "devpts") || !strcmp(kind, "mqueue");
        bool sized = !device && !strcmp(kind, "tmpfs") && strstr(super, "size=");
        char what[2048];
        snprintf(what, sizeof what, "%s %s %s %s", place, kind, options, super);
        must(what, !writable || device || kernels_own || sized);
        if (writable && sized)
            must("without other users' rights", strstr(options, "nosuid") != NULL);
        bool programs = !strstr(options, "noexec");
        if (writable && sized)
            must(programs ? place : "no programs", !programs || !strcmp(place, "/work"));
    }
    must("there were some", rows > 3);
    return verdict();
}

/* No program runs from where everyone may write, by none of the ways to start one. */
static int no_programs(int count, char **words) {
    (void)count, (void)words;
    static const char *folders[] = {"/tmp", "/dev/shm"};
    char path[64];
    for (size_t at = 0; at < sizeof folders / sizeof *folders; at++) {
        snprintf(path, sizeof path, "%s/program", folders[at]);
        if (copy_self(path)) {
            refused(path, -1, EROFS, ENOENT, EACCES, 0);
            continue;
        }
        char *program[] = {path, "trivial", NULL};
        refused("run it", run_program(program), EACCES, EPERM, 0);
        int file = open(path, O_RDONLY | O_CLOEXEC);
        void *mapped = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
        refused("map it", mapped == MAP_FAILED ? -1 : 0, EPERM, EACCES, 0);
        char *nothing[] = {NULL};
        pid_t child = fork();
        if (child == 0) {
            syscall(SYS_execveat, file, "", program, nothing, AT_EMPTY_PATH);
            _exit(errno == EACCES || errno == EPERM ? 0 : 66);
        }
        int status = 0;
        waitpid(child, &status, 0);
        must("run it by its descriptor", WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    return verdict();
}

/* Files that would have whoever takes them out write or read elsewhere: attack tempting KIND FOLDER. */
static int tempting(int count, char **words) {
    const char *kind = words[0];
    mkdir(words[1], 0755);
    if (count < 2 || chdir(words[1]))
        return 1;
    int made = 0;
    if (!strcmp(kind, "symlink"))
        made = symlink("/etc/passwd", "link");
    else if (!strcmp(kind, "dotdot"))
        made = symlink("../../etc/passwd", "link");
    else if (!strcmp(kind, "folder"))
        made = symlink("/etc", "folder");
    else if (!strcmp(kind, "hardlink"))
        made = close(open("a", O_WRONLY | O_CREAT, 0644)) || link("a", "b");
    else if (!strcmp(kind, "fifo"))
        made = mkfifo("pipe", 0666);
    else if (!strcmp(kind, "socket")) {
        struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "socket"};
        made = bind(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&at, sizeof at);
    } else if (!strcmp(kind, "setuid"))
        made = copy_self("program") || chmod("program", 07755);
    else if (!strcmp(kind, "hidden"))
        made = close(open("secret", O_WRONLY | O_CREAT, 0000)) || mkdir("shut", 0000);
    else if (!strcmp(kind, "names")) {
        char longest[256];
        memset(longest, 'n', 255);
        longest[255] = 0;
        static const char *strange[] = {"new\nline", "tab\tand\rreturn", "\x1b[2J", "-rf", "back\\slash", " ", "\xff\xfe", "$(id)",
                                        "<b>", "..."};
        made = close(open(longest, O_WRONLY | O_CREAT, 0644));
        for (size_t at = 0; at < sizeof strange / sizeof *strange; at++)
            made |= close(open(strange[at], O_WRONLY | O_CREAT, 0644));
    } else if (!strcmp(kind, "git"))
        made = mkdir(".git", 0755) || mkdir(".git/hooks", 0755) || copy_self(".git/hooks/post-commit");
    else if (!strcmp(kind, "sparse"))
        made = ftruncate(open("sparse", O_WRONLY | O_CREAT, 0644), 60 << 20);
    else if (!strcmp(kind, "many"))
        for (int at = 0; at < 3000 && !made; at++) {
            char name[16];
            snprintf(name, sizeof name, "%d", at);
            made = close(open(name, O_WRONLY | O_CREAT, 0644));
        }
    else if (!strcmp(kind, "deep")) {
        int depth = 0;
        while (mkdir("deeper", 0755) == 0 && chdir("deeper") == 0)
            depth++;
        tell("depth", depth);
    } else
        made = -1;
    if (made)
        perror(kind);
    return made ? 1 : 0;
}

/* Swaps a folder for a link to the host's, and back, as fast as it can, while files are taken out. */
static int swapping(int count, char **words) {
    (void)count, (void)words;
    mkdir("/work/out", 0755);
    mkdir("/work/out/real", 0755);
    close(open("/work/out/real/passwd", O_WRONLY | O_CREAT, 0644));
    symlink("/etc", "/work/link");
    puts("began");
    fflush(stdout);
    for (;;)
        syscall(SYS_renameat2, AT_FDCWD, "/work/out/real", AT_FDCWD, "/work/link", 2 /* RENAME_EXCHANGE */);
}

/* More words and variables than a program can have. */
static int many_words(int count, char **words) {
    (void)count, (void)words;
    static char *arguments[70000], *environment[70000], word[1024];
    memset(word, 'w', sizeof word - 1);
    arguments[0] = "/proc/self/exe";
    for (int at = 1; at < 69999; at++)
        arguments[at] = environment[at - 1] = word;
    refused("exec", execve("/work/attack", arguments, environment), E2BIG, ENOMEM, 0);
    return verdict();
}

const struct attack files[] = {
    {"read_only", read_only}, {"mount_table", mount_table}, {"no_programs", no_programs}, {"tempting", tempting},
    {"swapping", swapping},   {"many_words", many_words},   {0},
};
