/* A disk that fails on command, put in front of the C library of a child (LD_PRELOAD). It concerns files under
 * BAD_DISK_FOLDER only.
 *
 *   BAD_DISK_SYNC=n        the sync number n fails with EIO, once; those after it succeed, as on a real system
 *   BAD_DISK_FULL=n,m      the writes from number n on, m of them, fail with ENOSPC; then there is space again
 *   BAD_DISK_LOG=file      every write, cut, removal and sync is noted, and every line of the error stream between them
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static pthread_mutex_t gate = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static long syncs, writes;
static int note_fd = -1;

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_unlink)(const char *);

__attribute__((constructor)) static void start(void) {
    real_write = dlsym(RTLD_NEXT, "write");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    real_unlink = dlsym(RTLD_NEXT, "unlink");
    const char *log = getenv("BAD_DISK_LOG");
    if (log) note_fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
}

/* The name of the file within the folder; nothing for every other file. The index of the log is no file of the disk: it is
 * made anew at the start, so that it is left out. */
static const char *ours(int fd, char *path) {
    const char *folder = getenv("BAD_DISK_FOLDER");
    char link[64];
    if (!folder) return NULL;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, path, PATH_MAX - 1);
    if (len < 0) return NULL;
    path[len] = 0;
    size_t prefix = strlen(folder);
    if (strncmp(path, folder, prefix) || path[prefix] != '/') return NULL;
    const char *name = path + prefix + 1;
    size_t end = strlen(name);
    return end > 4 && !strcmp(name + end - 4, "-shm") ? NULL : name;
}

/* kind, name, place, length, bytes: all that a replay needs. */
static void note(char kind, const char *name, int64_t place, const void *bytes, size_t len) {
    if (note_fd < 0) return;
    char head[PATH_MAX + 64];
    int head_len = snprintf(head, sizeof head, "%c %s %lld %zu\n", kind, name, (long long)place, bytes ? len : 0);
    if (real_write(note_fd, head, head_len) != head_len) abort();
    if (bytes && real_write(note_fd, bytes, len) != (ssize_t)len) abort();
}

static int full(void) {
    const char *when = getenv("BAD_DISK_FULL");
    long from = 0, count = 0;
    writes++;
    return when && sscanf(when, "%ld,%ld", &from, &count) == 2 && writes >= from && writes < from + count;
}

ssize_t write(int fd, const void *bytes, size_t len) {
    char path[PATH_MAX];
    const char *name = ours(fd, path);
    if (!name && fd != 2) return real_write(fd, bytes, len);
    pthread_mutex_lock(&gate);
    ssize_t done = -1;
    if (name && full()) {
        errno = ENOSPC;
    } else {
        off_t place = name ? lseek(fd, 0, SEEK_CUR) : 0;
        /* A line is heard after it is noted, a write is noted after it is done. */
        if (!name) note('A', "-", 0, bytes, len);
        done = real_write(fd, bytes, len);
        if (name && done > 0) note('W', name, place, bytes, done);
    }
    pthread_mutex_unlock(&gate);
    return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off_t place) {
    char path[PATH_MAX];
    const char *name = ours(fd, path);
    if (!name) return real_pwrite(fd, bytes, len, place);
    pthread_mutex_lock(&gate);
    ssize_t done = -1;
    if (full()) {
        errno = ENOSPC;
    } else {
        done = real_pwrite(fd, bytes, len, place);
        if (done > 0) note('W', name, place, bytes, done);
    }
    pthread_mutex_unlock(&gate);
    return done;
}
ssize_t pwrite(int fd, const void *bytes, size_t len, off_t place) { return pwrite64(fd, bytes, len, place); }

int ftruncate64(int fd, off_t len) {
    char path[PATH_MAX];
    const char *name = ours(fd, path);
    pthread_mutex_lock(&gate);
    int done = real_ftruncate(fd, len);
    if (name && done == 0) note('T', name, len, NULL, 0);
    pthread_mutex_unlock(&gate);
    return done;
}
int ftruncate(int fd, off_t len) { return ftruncate64(fd, len); }

int unlink(const char *path) {
    const char *folder = getenv("BAD_DISK_FOLDER");
    size_t prefix = folder ? strlen(folder) : 0;
    int is_ours = folder && !strncmp(path, folder, prefix) && path[prefix] == '/';
    pthread_mutex_lock(&gate);
    int done = real_unlink(path);
    if (is_ours && done == 0) note('U', path + prefix + 1, 0, NULL, 0);
    pthread_mutex_unlock(&gate);
    return done;
}

static int sync_file(int fd, int (*real)(int)) {
    char path[PATH_MAX];
    const char *name = ours(fd, path);
    const char *when = getenv("BAD_DISK_SYNC");
    if (!name) return real(fd);
    pthread_mutex_lock(&gate);
    int done = -1;
    if (when && ++syncs == atol(when)) {
        errno = EIO;
    } else {
        done = real(fd);
        if (done == 0) note('S', name, 0, NULL, 0);
    }
    pthread_mutex_unlock(&gate);
    return done;
}
int fsync(int fd) { return sync_file(fd, real_fsync); }
int fdatasync(int fd) { return sync_file(fd, real_fdatasync); }
