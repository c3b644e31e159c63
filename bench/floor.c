/* The least that linking a tree can cost: one mkdirat for each directory, one linkat for each file,
   by descriptors of directories, in two threads. The list comes on stdin: `D<directory>` to make,
   then for each directory with files `S<source>`, `T<target>`, and a line `F<name>` for each. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct group { char *source, *target, *end; };

static struct group *groups;
static size_t count;
static atomic_size_t next;

static void fail(const char *what) { perror(what); exit(1); }

static void *work(void *unused) {
    for (size_t i; (i = atomic_fetch_add(&next, 1)) < count;) {
        struct group *g = &groups[i];
        int from = open(g->source, O_PATH | O_DIRECTORY), to = open(g->target, O_PATH | O_DIRECTORY);
        if (from < 0 || to < 0) fail(g->target);
        for (char *name = g->target + strlen(g->target) + 1; name < g->end; name += strlen(name) + 1)
            if (linkat(from, name + 1, to, name + 1, 0)) fail(name);
        close(from);
        close(to);
    }
    return unused;
}

int main(void) {
    size_t size = 0, room = 1 << 24;
    char *text = malloc(room);
    for (ssize_t got; (got = read(0, text + size, room - size)) > 0; size += got)
        if (size + got == room) text = realloc(text, room *= 2);
    groups = calloc(size / 2 + 1, sizeof *groups);
    for (char *line = text, *end = text + size, *stop; line < end; line = stop + 1) {
        stop = memchr(line, '\n', end - line);
        *stop = 0;
        if (*line == 'D' && mkdir(line + 1, 0777) && errno != EEXIST) fail(line + 1);
        if (*line == 'S') groups[count].source = line + 1;
        if (*line == 'T') groups[count++].target = line + 1;
        if (*line == 'F') groups[count - 1].end = stop;
    }
    pthread_t other;
    if (pthread_create(&other, NULL, work, NULL)) fail("thread");
    work(NULL);
    pthread_join(other, NULL);
    return 0;
}
