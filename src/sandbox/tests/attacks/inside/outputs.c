/* What is written out: too much of it, or what does harm where it is shown. */
#include "attack.h"

static char block[65536];

static void pour(int file, long long bytes) {
    while (bytes > 0) {
        ssize_t written = write(file, block, bytes < (long long)sizeof block ? (size_t)bytes : sizeof block);
        if (written < 0 && errno != EINTR)
            return;
        bytes -= written < 0 ? 0 : written;
    }
}

/* A gigabyte of lines: attack gigabyte 1|2. */
static int gigabyte(int count, char **words) {
    for (size_t at = 0; at < sizeof block; at++)
        block[at] = at % 64 == 63 ? '\n' : 'x';
    pour(count ? atoi(words[0]) : 1, 1 << 30);
    return 0;
}

/* One line that never ends. */
static int line(int count, char **words) {
    (void)count, (void)words;
    memset(block, 'y', sizeof block);
    for (;;)
        pour(1, 1 << 30);
}

/* Both at once, a byte each. */
static int drops(int count, char **words) {
    (void)count, (void)words;
    for (long long bytes = 0; bytes < 1 << 30; bytes++)
        if (write(1 + bytes % 2, "z", 1) < 0)
            return 1;
    return 0;
}

/* What a terminal, a page or a reader of UTF-8 would take for something else. The test knows these bytes. */
static int strange(int count, char **words) {
    const char *what = count ? words[0] : "";
    if (!strcmp(what, "utf8"))
        fwrite("\xff\xfe\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80 \xe2\x82", 1, 14, stdout);
    else if (!strcmp(what, "escapes"))
        fputs("\x1b]0;title\x07\x1b[2J\x1b]52;c;ZXZpbA==\x07\x1b[6n\x1bP+q544e\x1b\\\x1b[?1049h\r\x08\x9b" "31m", stdout);
    else if (!strcmp(what, "markup"))
        fputs("<script>alert(1)</script><img src=x onerror=alert(1)>&lt;\"'`\xe2\x80\xae</pre>", stdout);
    else
        for (int byte = 0; byte < 256; byte++)
            putchar(byte);
    return 0;
}

/* Closes what it was given to write to, and lives on. */
static int silent(int count, char **words) {
    (void)count, (void)words;
    close(0), close(1), close(2);
    for (;;)
        wait_millis(1000);
}

/* Reads nothing of its input for a while, then all of it, and tells how much that was. */
static int reads_late(int count, char **words) {
    (void)count, (void)words;
    wait_millis(300);
    long long bytes = 0;
    for (ssize_t length; (length = read(0, block, sizeof block)) > 0;)
        bytes += length;
    tell("read", bytes);
    return 0;
}

const struct attack outputs[] = {
    {"gigabyte", gigabyte}, {"line", line},     {"drops", drops},
    {"strange", strange},   {"silent", silent}, {"reads_late", reads_late},
    {0},
};
