/* A file system that has turned read-only under open files, for one program: LD_PRELOAD.
 *
 * While the file named by READ_ONLY_MARK is there, whatever would change a file below
 * READ_ONLY_FOLDER fails with EROFS, as ext4 does after `errors=remount-ro`. No test can remount a
 * real one: that needs root, and is refused while a file is open for writing.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int below(const char *path) {
    const char *folder = getenv("READ_ONLY_FOLDER");
    return folder && path && strncmp(path, folder, strlen(folder)) == 0;
}

static int is_on(void) {
    const char *mark = getenv("READ_ONLY_MARK");
    return mark && access(mark, F_OK) == 0;
}

static int refused(int fd) {
    char name[64], path[4096];
    ssize_t size;
    if (!is_on()) return 0;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    size = readlink(name, path, sizeof path - 1);
    if (size < 0) return 0;
    path[size] = 0;
    return below(path);
}

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define EROFS_IF(condition) \
    do { \
        if (condition) { \
            errno = EROFS; \
            return -1; \
        } \
    } while (0)

ssize_t write(int fd, const void *data, size_t size) {
    REAL(write);
    EROFS_IF(refused(fd));
    return real(fd, data, size);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    REAL(pwrite);
    EROFS_IF(refused(fd));
    return real(fd, data, size, at);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    REAL(pwrite64);
    EROFS_IF(refused(fd));
    return real(fd, data, size, at);
}

int ftruncate(int fd, off_t size) {
    REAL(ftruncate);
    EROFS_IF(refused(fd));
    return real(fd, size);
}

int ftruncate64(int fd, off64_t size) {
    REAL(ftruncate64);
    EROFS_IF(refused(fd));
    return real(fd, size);
}

int unlink(const char *path) {
    REAL(unlink);
    EROFS_IF(is_on() && below(path));
    return real(path);
}

static int writes(int flags) { return (flags & O_ACCMODE) != O_RDONLY || flags & O_CREAT; }

int open(const char *path, int flags, ...) {
    REAL(open);
    va_list more;
    va_start(more, flags);
    mode_t mode = va_arg(more, mode_t);
    va_end(more);
    EROFS_IF(writes(flags) && is_on() && below(path));
    return real(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    REAL(open64);
    va_list more;
    va_start(more, flags);
    mode_t mode = va_arg(more, mode_t);
    va_end(more);
    EROFS_IF(writes(flags) && is_on() && below(path));
    return real(path, flags, mode);
}
