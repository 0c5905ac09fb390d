#!/bin/bash
# test-tsan.sh FLAGS…: builds with Thread Sanitizer, apart from the other builds, and runs the tests of what threads share: tasks,
# stores, databases, serving, downloading. Fails when a test fails, and when two threads race.
set -euo pipefail

scripts=$(cd "$(dirname "$0")" && pwd)
build=.build/tsan

swift build "$@" --sanitize thread --scratch-path "$build" --build-tests
clang=$(dirname "$(readlink -f "$(command -v swift)")")/clang
"$clang" -O1 -Wall -Werror -fPIC -shared "$scripts/tsan-runtime.c" -o "$build/libtsan-runtime.so"

# Not those that compute for minutes in one thread, and those of what disks do.
tests='^(PulpCoreTests|PulpFileTests|PulpPostgreSQLTests|PulpS3Tests|PulpServerTests)\.'
others='CronExpression|CronZone|FullDisk'

# Everything is several times as slow: tests that wait for something, and would all begin at once, would wait too long.
status=0
rm -f "$build"/report.*
TSAN_OPTIONS="halt_on_error=0 exitcode=66 log_path=$PWD/$build/report suppressions=$scripts/tsan-suppressions.txt" \
    LD_PRELOAD=$PWD/$build/libtsan-runtime.so \
    swift test "$@" --sanitize thread --scratch-path "$build" --skip-build --experimental-maximum-parallelization-width 4 \
    --filter "$tests" --skip "$others" || status=$?

for report in "$build"/report.*; do
    [[ -e $report ]] || continue
    cat "$report"
    echo "test-tsan.sh: $(grep -c '^WARNING: ThreadSanitizer' "$report") races; they stand above and in $report" >&2
    status=66
done
exit "$status"
