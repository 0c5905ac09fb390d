#pragma once
// libpq, opened when it is first needed: a process that keeps everything in SQLite runs without it, and without the twenty
// libraries that it brings along.
#if __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>
#else
#include <libpq-fe.h>
#endif

/// Opens libpq; safe to be called by any thread, any number of times. No other function of libpq may be called before it.
/// Returns NULL, or why there is no libpq that can be used.
const char *pulp_open_libpq(void);
