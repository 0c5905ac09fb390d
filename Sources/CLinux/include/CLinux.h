#pragma once
// What Linux offers and Swift cannot reach, because it is variadic or not in glibc's module. No system header stands here:
// its types would seem to be this module's, or not, depending on what the compiler loads first.

/// Opens `path` for reading without ever leaving `directory`: `..`, absolute paths and every symbolic link are refused.
/// See openat2(2). Returns a descriptor, or -1 with `errno`.
int pulp_open_beneath(int directory, const char *path);

/// Whether a file is one of /proc or /sys: they look regular, and are not. 1 or 0, or -1 with `errno`.
int pulp_is_made_by_kernel(int descriptor);

/// Writes everything of the file system that `descriptor` is on to the disk. See syncfs(2).
int pulp_sync_file_system(int descriptor);
