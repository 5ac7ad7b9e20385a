/*
 * A disk that loses what was not synced. On each fsync or fdatasync of a regular file below POWER_CUT_LIVE the whole
 * file, as it is now, is copied below POWER_CUT_PLATTER; after a kill only those copies count. Creating, removing and
 * renaming count as durable at once; a rename carries the synced content with it, or none if there was none.
 * POWER_CUT_DELAY_US adds a delay to each sync, as a slow disk would. POWER_CUT_SPACE is how many bytes the files below
 * POWER_CUT_LIVE may grow before the disk is full.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Path below the platter of a path below the live folder; 0 when it is elsewhere. */
static int on_platter(const char *live_path, char *out, size_t size) {
  const char *live = getenv("POWER_CUT_LIVE");
  const char *platter = getenv("POWER_CUT_PLATTER");
  if (!live || !platter || !live_path) return 0;
  size_t length = strlen(live);
  if (strncmp(live_path, live, length) != 0 || live_path[length] != '/') return 0;
  char name[4096];
  snprintf(name, sizeof name, "%s", live_path + length + 1);
  for (char *c = name; *c; c++)
    if (*c == '/') *c = '%';
  return snprintf(out, size, "%s/%s", platter, name) < (int)size;
}

/*
 * Reads by the descriptor at hand: closing another one would drop SQLite's locks on the file. What is open for writing
 * only is not SQLite's, and is opened again.
 */
static void keep(int fd) {
  char link[64], path[4096], target[8192], temporary[8300];
  struct stat info;
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return;
  path[length] = 0;
  if (!on_platter(path, target, sizeof target)) return;
  snprintf(temporary, sizeof temporary, "%s.copying", target);
  int out = open(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (out < 0) abort();
  int in = (fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY ? open(link, O_RDONLY) : fd;
  if (in < 0) abort();
  static char block[1 << 16];
  off_t at = 0;
  for (ssize_t n; (n = pread(in, block, sizeof block, at)) > 0; at += n)
    if (write(out, block, (size_t)n) != n) abort();
  close(out);
  if (in != fd) close(in);
  if (renameat(AT_FDCWD, temporary, AT_FDCWD, target) != 0) abort();
}

static int sync_with(const char *name, int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  pthread_mutex_lock(&lock);
  keep(fd);
  pthread_mutex_unlock(&lock);
  const char *delay = getenv("POWER_CUT_DELAY_US");
  if (delay) usleep((useconds_t)atoi(delay));
  return real(fd);
}

int fsync(int fd) { return sync_with("fsync", fd); }
int fdatasync(int fd) { return sync_with("fdatasync", fd); }

int rename(const char *from, const char *to) {
  char old_path[8192], new_path[8192];
  pthread_mutex_lock(&lock);
  int result = renameat(AT_FDCWD, from, AT_FDCWD, to);
  if (result == 0 && on_platter(from, old_path, sizeof old_path) && on_platter(to, new_path, sizeof new_path) &&
      renameat(AT_FDCWD, old_path, AT_FDCWD, new_path) != 0)
    close(open(new_path, O_WRONLY | O_CREAT | O_TRUNC, 0600));
  pthread_mutex_unlock(&lock);
  return result;
}

static long long space = -1;

/* Whether a write below the live folder still fits; what it grows the file by is taken from the space. */
static int fits(int fd, size_t count, off_t at) {
  char link[64], path[4096], target[8192];
  struct stat info;
  const char *limit = getenv("POWER_CUT_SPACE");
  if (!limit || fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return 1;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 1;
  path[length] = 0;
  if (!on_platter(path, target, sizeof target)) return 1;
  pthread_mutex_lock(&lock);
  if (space < 0) space = atoll(limit);
  long long growth = (long long)at + (long long)count - (long long)info.st_size;
  int enough = growth <= 0 || growth <= space;
  if (growth > 0 && enough) space -= growth;
  pthread_mutex_unlock(&lock);
  if (!enough) errno = ENOSPC;
  return enough;
}

ssize_t pwrite64(int fd, const void *data, size_t count, off_t at) {
  ssize_t (*real)(int, const void *, size_t, off_t) =
      (ssize_t(*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite64");
  return fits(fd, count, at) ? real(fd, data, count, at) : -1;
}

ssize_t pwrite(int fd, const void *data, size_t count, off_t at) { return pwrite64(fd, data, count, at); }
