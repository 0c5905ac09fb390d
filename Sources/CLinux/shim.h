#pragma once
// What Linux offers and Swift cannot reach, because it is variadic or not in glibc.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/magic.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/// Opens `path` for reading without ever leaving `directory`: `..`, absolute paths and every symbolic link are refused.
/// See openat2(2). Returns a descriptor, or -1 with `errno`.
static inline int pulp_open_beneath(int directory, const char *path) {
    struct open_how how = {
        .flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    return (int)syscall(SYS_openat2, directory, path, &how, sizeof(how));
}

/// Whether a file is one of /proc or /sys: they look regular, and are not. 1 or 0, or -1 with `errno`.
static inline int pulp_is_made_by_kernel(int descriptor) {
    struct statfs system;
    if (fstatfs(descriptor, &system) != 0) return -1;
    return system.f_type == PROC_SUPER_MAGIC || system.f_type == SYSFS_MAGIC;
}

/// Writes everything of the file system that `descriptor` is on to the disk. See syncfs(2).
static inline int pulp_sync_file_system(int descriptor) {
    return syncfs(descriptor);
}
