/*
 * A disk that is full while the file LAB_DISK_FULL is there: whatever is written to regular files below LAB_DISK_FOLDER
 * fails with ENOSPC. Reading, truncating and removing go on, as on a real one.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static int is_full(int fd) {
  const char *flag = getenv("LAB_DISK_FULL");
  const char *folder = getenv("LAB_DISK_FOLDER");
  char link[64], path[4096];
  if (!flag || !folder || access(flag, F_OK) != 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  size_t prefix = strlen(folder);
  if (length <= 0) return 0;
  path[length] = 0;
  return strncmp(path, folder, prefix) == 0 && path[prefix] == '/';
}

#define WRITES(type, name, params, args)                                  \
  type name params {                                                      \
    static type(*real) params;                                            \
    if (!real) real = (type(*) params)dlsym(RTLD_NEXT, #name);            \
    if (is_full(fd)) {                                                    \
      errno = ENOSPC;                                                     \
      return -1;                                                          \
    }                                                                     \
    return real args;                                                     \
  }

WRITES(ssize_t, write, (int fd, const void *buf, size_t n), (fd, buf, n))
WRITES(ssize_t, pwrite, (int fd, const void *buf, size_t n, off_t at), (fd, buf, n, at))
WRITES(ssize_t, pwrite64, (int fd, const void *buf, size_t n, off64_t at), (fd, buf, n, at))
WRITES(ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n))
WRITES(ssize_t, pwritev, (int fd, const struct iovec *v, int n, off_t at), (fd, v, n, at))
WRITES(ssize_t, pwritev64, (int fd, const struct iovec *v, int n, off64_t at), (fd, v, n, at))
WRITES(int, fallocate, (int fd, int mode, off_t at, off_t n), (fd, mode, at, n))
WRITES(int, fallocate64, (int fd, int mode, off64_t at, off64_t n), (fd, mode, at, n))

/* These answer with the error itself. */
int posix_fallocate(int fd, off_t at, off_t n) {
  static int (*real)(int, off_t, off_t);
  if (!real) real = (int (*)(int, off_t, off_t))dlsym(RTLD_NEXT, "posix_fallocate");
  return is_full(fd) ? ENOSPC : real(fd, at, n);
}

int posix_fallocate64(int fd, off64_t at, off64_t n) {
  static int (*real)(int, off64_t, off64_t);
  if (!real) real = (int (*)(int, off64_t, off64_t))dlsym(RTLD_NEXT, "posix_fallocate64");
  return is_full(fd) ? ENOSPC : real(fd, at, n);
}
