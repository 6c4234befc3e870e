/* What every family of attacks is written with. */
#ifndef ATTACK_H
#define ATTACK_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* An attack by its name. It returns what the process ends with; those that only try things return verdict(). */
struct attack {
    const char *name;
    int (*run)(int count, char **words);
};
extern const struct attack floods[], times[], outputs[], networks[], kernels[], places[], rights[], files[];

/* The answers of a kernel that has decided before it looked at what was asked. */
#define DENIED EPERM, EACCES, ENOSYS

/* One attempt, which must fail with one of these errors (ended by 0). Anything else is a way out. */
void refused(const char *what, long result, ...);
/* One fact that must hold. */
void must(const char *what, bool holds);
/* A number for the test to judge. */
void tell(const char *what, long long number);
/* Tells how many attempts were held of how many there were: 0 when all were, 66 when one was not, 67 without any. */
int verdict(void);

/* A few things that many need. */
void wait_millis(long millis);
/* Milliseconds since some moment. */
long long now_millis(void);
/* Writes all of it to a file that is there; -1 and errno when it may not. */
int write_into(const char *path, const char *text);
/* Copies this very program there, to be run. */
int copy_self(const char *path);
/* Runs a program to its end: its status, 128 and the signal, or -1 and errno when it could not be started. */
int run_program(char *const words[]);

#endif
