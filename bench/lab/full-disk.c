/*
 * A disk that is full while the file LAB_DISK_FULL is there: a regular file below LAB_DISK_FOLDER cannot grow, ENOSPC.
 * What is there can be overwritten, truncated and removed, as on a real one.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* Whether writing `n` bytes at `at` (-1: where the file stands) needs space that is not there. */
static int is_full(int fd, off64_t at, off64_t n) {
  const char *flag = getenv("LAB_DISK_FULL");
  const char *folder = getenv("LAB_DISK_FOLDER");
  char link[64], path[4096];
  struct stat64 info;
  if (!flag || !folder || access(flag, F_OK) != 0) return 0;
  if (fstat64(fd, &info) != 0 || !S_ISREG(info.st_mode)) return 0;
  if (at < 0) at = fcntl(fd, F_GETFL) & O_APPEND ? info.st_size : lseek64(fd, 0, SEEK_CUR);
  if (at + n <= info.st_size) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  size_t prefix = strlen(folder);
  if (length <= 0) return 0;
  path[length] = 0;
  return strncmp(path, folder, prefix) == 0 && path[prefix] == '/';
}

static off64_t bytes_of(const struct iovec *v, int n) {
  off64_t sum = 0;
  for (int i = 0; i < n; i++) sum += (off64_t)v[i].iov_len;
  return sum;
}

/* Each is its own refusal; errno is as the caller left it where the disk has space. */
#define WRITES(type, name, params, args, at, bytes)            \
  type name params {                                           \
    static type(*real) params;                                 \
    int before = errno;                                        \
    if (!real) real = (type(*) params)dlsym(RTLD_NEXT, #name); \
    if (is_full(fd, at, bytes)) {                              \
      errno = ENOSPC;                                          \
      return -1;                                               \
    }                                                          \
    errno = before;                                            \
    return real args;                                          \
  }

WRITES(ssize_t, write, (int fd, const void *buf, size_t n), (fd, buf, n), -1, (off64_t)n)
WRITES(ssize_t, pwrite, (int fd, const void *buf, size_t n, off_t at), (fd, buf, n, at), at, (off64_t)n)
WRITES(ssize_t, pwrite64, (int fd, const void *buf, size_t n, off64_t at), (fd, buf, n, at), at, (off64_t)n)
WRITES(ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n), -1, bytes_of(v, n))
WRITES(ssize_t, pwritev, (int fd, const struct iovec *v, int n, off_t at), (fd, v, n, at), at, bytes_of(v, n))
WRITES(ssize_t, pwritev64, (int fd, const struct iovec *v, int n, off64_t at), (fd, v, n, at), at, bytes_of(v, n))
WRITES(int, fallocate, (int fd, int mode, off_t at, off_t n), (fd, mode, at, n), at, n)
WRITES(int, fallocate64, (int fd, int mode, off64_t at, off64_t n), (fd, mode, at, n), at, n)

/* These answer with the error itself. */
int posix_fallocate(int fd, off_t at, off_t n) {
  static int (*real)(int, off_t, off_t);
  if (!real) real = (int (*)(int, off_t, off_t))dlsym(RTLD_NEXT, "posix_fallocate");
  return is_full(fd, at, n) ? ENOSPC : real(fd, at, n);
}

int posix_fallocate64(int fd, off64_t at, off64_t n) {
  static int (*real)(int, off64_t, off64_t);
  if (!real) real = (int (*)(int, off64_t, off64_t))dlsym(RTLD_NEXT, "posix_fallocate64");
  return is_full(fd, at, n) ? ENOSPC : real(fd, at, n);
}
