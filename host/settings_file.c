/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * settings_file - the file that the document lies in: read with care, because a
 * path may name anything, and replaced so that no settings are lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "settings_document.h"

/* --- Reading ------------------------------------------------------------- */

/* More than any settings need, and little enough to read by mistake. */
#define DOCUMENT_MAX ((size_t)16 << 20)

/* What else a path may name; NULL: a plain file. */
static const char *name_kind(mode_t mode)
{
    static const struct {
        mode_t type;
        const char *name;
    } kinds[] = {
        { S_IFDIR, "a directory" }, { S_IFIFO, "a named pipe" },
        { S_IFSOCK, "a socket" },   { S_IFCHR, "a device" },
        { S_IFBLK, "a device" },
    };

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if ((mode & S_IFMT) == kinds[i].type)
            return kinds[i].name;
    return NULL;
}

static int check_kind(const char *path, const struct stat *status,
                      struct text_error *err)
{
    const char *kind = name_kind(status->st_mode);

    if (kind != NULL)
        return text_fail(err,
                         "cannot read %s: settings are read from a plain "
                         "file, and this is %s",
                         path, kind);
    if (status->st_size > (off_t)DOCUMENT_MAX)
        return text_fail(err,
                         "cannot read %s: it has %lld bytes, and settings "
                         "may have %zu (16 MB)",
                         path, (long long)status->st_size, DOCUMENT_MAX);
    return 0;
}

static int fail_to_read(const char *path, struct text_error *err)
{
    if (errno == ENOENT)
        return text_fail(err,
                         "cannot read %s: %s: correct the path, or make "
                         "it with \"flowcheck enable KEY -c %s\"",
                         path, strerror(errno), path);
    return text_fail(err, "cannot read %s: %s", path, strerror(errno));
}

/*
 * Opens a plain file only. Its type is looked at first, because opening a
 * device may do something, and again afterwards, because another file may have
 * taken its place. O_NONBLOCK: opening a pipe without a writer would wait for
 * ever.
 */
static int open_document(const char *path, struct text_error *err)
{
    struct stat status;
    int fd;

    if (stat(path, &status) != 0)
        return fail_to_read(path, err);
    if (check_kind(path, &status, err) != 0)
        return -1;
    fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return fail_to_read(path, err);
    if (fstat(fd, &status) != 0)
        fail_to_read(path, err);
    else if (check_kind(path, &status, err) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Reads to the end, or a little more than is allowed. NULL: see errno. */
static char *read_bytes(int fd, size_t *len)
{
    char *text = NULL;
    FILE *copy = open_memstream(&text, len);
    char block[4096];
    ssize_t n = 0;
    bool failed;
    int error;

    if (copy == NULL)
        return NULL;
    for (size_t total = 0; total <= DOCUMENT_MAX; total += (size_t)n) {
        n = read(fd, block, sizeof block);
        if (n <= 0)
            break;
        fwrite(block, 1, (size_t)n, copy);
    }
    failed = n < 0 || ferror(copy);
    error = errno;
    if (fclose(copy) == 0 && !failed)
        return text;
    free(text);
    errno = failed ? error : ENOMEM;
    return NULL;
}

static char *read_document(const char *path, size_t *len,
                           struct text_error *err)
{
    int fd = open_document(path, err);
    char *text;

    if (fd < 0)
        return NULL;
    text = read_bytes(fd, len);
    if (text == NULL)
        text_fail(err, "cannot read %s: %s", path, strerror(errno));
    close(fd);
    if (text == NULL || *len <= DOCUMENT_MAX)
        return text;
    text_fail(err, "cannot read %s: it grows beyond 16 MB", path);
    free(text);
    return NULL;
}

char *settings_read(const char *path, enum settings_need need, size_t *len,
                    struct text_error *err)
{
    char *text;

    if (need == SETTINGS_REQUIRED || access(path, F_OK) == 0 || errno != ENOENT)
        return read_document(path, len, err);
    text = strdup(SETTINGS_EMPTY);
    *len = strlen(SETTINGS_EMPTY);
    if (text == NULL)
        text_fail(err, "%s: out of memory", path);
    return text;
}

/* --- Replacing ----------------------------------------------------------- */

/*
 * Gives a new file the permissions of the one that it will replace, or, when
 * there is none, those that open(2) would give. Only root can keep the owner;
 * the group is kept where the system lets us, so that a service which reads the
 * settings as a group still can.
 */
static int keep_permissions(int fd, const char *file)
{
    bool is_root = geteuid() == 0;
    struct stat old;

    if (stat(file, &old) != 0) {
        /* A file that another thread makes meanwhile is private, not open. */
        mode_t mask = umask(S_IRWXG | S_IRWXO);

        umask(mask);
        return fchmod(fd, 0666 & ~mask);
    }
    if (fchown(fd, is_root ? old.st_uid : (uid_t)-1, old.st_gid) != 0 &&
        is_root)
        return -1;
    return fchmod(fd, old.st_mode & 07777);
}

/* Fills a new file and sees it on the disk. Returns 0 or an errno value. */
static int fill_file(int fd, const char *text, size_t len, const char *replaced)
{
    FILE *stream = fdopen(fd, "w");
    int error = 0;

    if (stream == NULL) {
        error = errno;
        close(fd);
        return error;
    }
    if (keep_permissions(fd, replaced) != 0 ||
        fwrite(text, 1, len, stream) != len || fflush(stream) != 0 ||
        fsync(fd) != 0)
        error = errno;
    if (fclose(stream) != 0 && error == 0)
        error = errno;
    return error;
}

/* The new text is complete on the disk before it takes the file's name. */
int settings_replace(const char *file, const char *text, size_t len,
                     struct text_error *err)
{
    char temporary[PATH_MAX + sizeof ".XXXXXX"];
    int fd, error;

    if (len > DOCUMENT_MAX)
        return text_fail(err,
                         "%s: with what is inserted it would grow beyond "
                         "16 MB",
                         file);
    snprintf(temporary, sizeof temporary, "%s.XXXXXX", file);
    fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return text_fail(err, "cannot make a file beside %s: %s", file,
                         strerror(errno));
    error = fill_file(fd, text, len, file);
    if (error == 0 && rename(temporary, file) != 0)
        error = errno;
    if (error == 0)
        return 0;
    unlink(temporary);
    return text_fail(err, "cannot write %s: %s", file, strerror(error));
}

/* Replaces the path of a symbolic link by the path that it holds. */
static int follow_link(char path[PATH_MAX], ssize_t len, char *target)
{
    char copy[PATH_MAX];
    int n;

    target[len] = '\0';
    snprintf(copy, sizeof copy, "%s", path);
    n = target[0] == '/'
            ? snprintf(path, PATH_MAX, "%s", target)
            : snprintf(path, PATH_MAX, "%s/%s", dirname(copy), target);
    return n < PATH_MAX ? 0 : ENAMETOOLONG;
}

/* Renaming over a link would replace it. realpath() refuses a missing file. */
int settings_resolve(const char *path, char file[PATH_MAX])
{
    int links = 40; /* as many as the kernel follows */
    int error =
        snprintf(file, PATH_MAX, "%s", path) < PATH_MAX ? 0 : ENAMETOOLONG;

    while (error == 0) {
        char target[PATH_MAX];
        ssize_t len = readlink(file, target, sizeof target - 1);

        if (len < 0)
            return 0; /* no link; whatever else is wrong, reading will tell */
        error = links-- > 0 ? follow_link(file, len, target) : ELOOP;
    }
    return error;
}

/*
 * Of two edits at once none is lost. Where locks don't work we edit without.
 * Anyone who may read the directory can hold its lock, so a wait is logged.
 */
int settings_lock(const char *file)
{
    char copy[PATH_MAX];
    const char *directory;
    int fd;

    snprintf(copy, sizeof copy, "%s", file);
    directory = dirname(copy);
    fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return fd;
    log_say(FC_LOG_INFO,
            "waiting: another process edits settings in %s, or holds the lock "
            "on it",
            directory);
    (void)flock(fd, LOCK_EX);
    return fd;
}
