/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * measure - runs commands, and tells what each has cost.
 *
 *   measure ROUNDS <LIST
 *
 * A line of LIST ends with a command for the shell, behind its last "|". All
 * commands run in turn, ROUNDS times: what disturbs the machine disturbs all of
 * them. For each run a line comes out:
 *
 *   CPU|WALL|MEMORY|LINE
 *
 * CPU is user and system time, WALL the time on the clock, both in
 * microseconds; MEMORY the largest resident set, in KB. A command that prints
 * "cpu_us=N" at the beginning of a line has measured its CPU time itself.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LINES_MAX 64
#define LINE_MAX_LEN 4096

struct cost {
    int64_t cpu;
    int64_t wall;
    long memory;
};

static void fail(const char *what, const char *command)
{
    fprintf(stderr, "measure: %s: %s\n", what, command);
    exit(1);
}

static int64_t wall_us(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static int64_t in_us(struct timeval time)
{
    return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

/* In the child: the shell gives its process to the command. */
static void run_command(const char *command, int output)
{
    char line[LINE_MAX_LEN];
    int null = open("/dev/null", O_RDWR);

    snprintf(line, sizeof line, "exec %s", command);
    dup2(null, STDIN_FILENO);
    dup2(null, STDERR_FILENO);
    dup2(output, STDOUT_FILENO);
    execl("/bin/sh", "sh", "-c", line, (char *)NULL);
    _exit(127);
}

/* Reads all that the command prints. Returns its "cpu_us", or -1. */
static int64_t read_output(int input)
{
    FILE *file = fdopen(input, "r");
    char line[LINE_MAX_LEN];
    int64_t cpu = -1;

    if (file == NULL)
        fail("cannot read from", "a pipe");
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "cpu_us=", 7) == 0)
            cpu = strtoll(line + 7, NULL, 10);
    fclose(file);
    return cpu;
}

static void run(const char *command, struct cost *cost)
{
    struct rusage usage;
    int64_t start = wall_us();
    int64_t own_cpu;
    int ends[2], status;
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) != 0)
        fail("no pipe for", command);
    child = fork();
    if (child < 0)
        fail("no process for", command);
    if (child == 0)
        run_command(command, ends[1]);
    close(ends[1]);
    own_cpu = read_output(ends[0]);
    if (wait4(child, &status, 0, &usage) != child || status != 0)
        fail("failed", command);
    cost->wall = wall_us() - start;
    cost->cpu =
        own_cpu >= 0 ? own_cpu : in_us(usage.ru_utime) + in_us(usage.ru_stime);
    cost->memory = usage.ru_maxrss;
}

static void measure_line(const char *line)
{
    const char *bar = strrchr(line, '|');
    struct cost cost;

    run(bar != NULL ? bar + 1 : line, &cost);
    printf("%" PRId64 "|%" PRId64 "|%ld|%s\n", cost.cpu, cost.wall, cost.memory,
           line);
    fflush(stdout);
}

static size_t read_list(char *lines[LINES_MAX])
{
    char line[LINE_MAX_LEN];
    size_t count = 0;

    while (count < LINES_MAX && fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        lines[count] = strdup(line);
        if (lines[count++] == NULL)
            fail("out of memory", line);
    }
    return count;
}

int main(int argc, char **argv)
{
    char *lines[LINES_MAX];
    long rounds = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
    size_t count;

    if (rounds < 1) {
        fputs("usage: measure ROUNDS <LIST\n", stderr);
        return 2;
    }
    count = read_list(lines);
    for (long round = 0; round < rounds; round++)
        for (size_t i = 0; i < count; i++)
            measure_line(lines[i]);
    for (size_t i = 0; i < count; i++)
        free(lines[i]);
    return 0;
}
