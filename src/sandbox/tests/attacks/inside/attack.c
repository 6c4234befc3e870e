/* Everything a hostile guest tries, one sub-command for each attack: attack NAME [WORD…].
 * Compiled statically once per run of the tests, so that it needs nothing of the room it is put into. */
#include "attack.h"

#include <stdarg.h>
#include <time.h>

static int tried, broken;

void refused(const char *what, long result, ...) {
    int error = errno;
    bool held = false;
    va_list errors;
    va_start(errors, result);
    for (int allowed; result < 0 && (allowed = va_arg(errors, int)) != 0;)
        held |= allowed == error;
    va_end(errors);
    tried++;
    broken += !held;
    printf("%s: %s: %ld %s\n", held ? "held" : "BROKE", what, result, result < 0 ? strerrorname_np(error) : "");
    fflush(stdout);
}

void must(const char *what, bool holds) {
    tried++;
    broken += !holds;
    printf("%s: %s\n", holds ? "held" : "BROKE", what);
    fflush(stdout);
}

void tell(const char *what, long long number) {
    printf("%s=%lld\n", what, number);
    fflush(stdout);
}

int verdict(void) {
    printf("held %d of %d\n", tried - broken, tried);
    fflush(stdout);
    return tried == 0 ? 67 : broken ? 66 : 0;
}

void wait_millis(long millis) {
    struct timespec left = {millis / 1000, millis % 1000 * 1000000};
    while (nanosleep(&left, &left) && errno == EINTR) {
    }
}

long long now_millis(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

int write_into(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return -1;
    int written = (int)write(file, text, strlen(text));
    int error = errno;
    close(file);
    errno = error;
    return written < 0 ? -1 : 0;
}

int copy_self(const char *path) {
    int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    if (from < 0 || to < 0)
        return -1;
    static char block[65536];
    ssize_t length;
    while ((length = read(from, block, sizeof block)) > 0)
        if (write(to, block, length) != length)
            return -1;
    close(from);
    return close(to);
}

int run_program(char *const words[]) {
    int report[2];
    if (pipe2(report, O_CLOEXEC))
        return -1;
    pid_t child = fork();
    if (child == 0) {
        execv(words[0], words);
        int error = errno;
        if (write(report[1], &error, sizeof error) < 0)
            _exit(126);
        _exit(127);
    }
    close(report[1]);
    if (child < 0)
        return -1;
    int error = 0, status = 0;
    ssize_t told = read(report[0], &error, sizeof error);
    close(report[0]);
    waitpid(child, &status, 0);
    if (told == sizeof error) {
        errno = error;
        return -1;
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* What any guest might do: attack trivial [WORD] says its word. */
static int trivial(int count, char **words) {
    puts(count ? words[0] : "here");
    return 0;
}

static const struct attack itself[] = {{"trivial", trivial}, {0}};

int main(int count, char **words) {
    const struct attack *families[] = {itself, floods, times, outputs, networks, kernels, places, rights, files};
    for (size_t family = 0; count > 1 && family < sizeof families / sizeof *families; family++)
        for (const struct attack *attack = families[family]; attack->name; attack++)
            if (!strcmp(attack->name, words[1]))
                return attack->run(count - 2, words + 2);
    fprintf(stderr, "no attack of that name\n");
    return 64;
}
