"""What a change of a large repository costs."""

import json
import os

import fixtures
from store import Store
from table import Row


def rows(bench):
    found = [_add_one(bench, count) for count in bench.version_sizes]
    return found + _diff(bench, bench.version_sizes[-1])


def _add_one(bench, count):
    upstream = fixtures.file_repository(bench.fixtures, count)
    runs = []
    with Store(bench.programs, bench.scratch) as store:
        store.make_repository("bench", f"{bench.upstream.url}/{os.path.basename(upstream)}/PULP_MANIFEST", "on_demand")
        store.sync("bench")
        for index in range(bench.runs * 2 + 1):
            path = os.path.join(store.folder, f"one{index}")
            with open(path, "w") as file:
                file.write(f"unit {index}\n")
            store.ctl("file", "content", "upload", "--file", path, "--relative-path", f"one{index}")
            digest = json.loads(store.ctl("file", "content", "list", "--relative-path", f"one{index}").output)[0]["sha256"]
            store.ctl(
                "file", "repository", "content", "add", "--repository", "bench", "--sha256", digest, "--relative-path",
                f"one{index}")
            runs.append(store.task_seconds())
    return Row(f"add one unit to a version of {count:,}", "s", runs, target="≤ 10 ms")


def _diff(bench, count):
    """A diff is no task: it is what the command takes longer than one that reads a version alone."""
    base = fixtures.file_repository(bench.fixtures, count)
    changed = fixtures.grown(bench.fixtures, base, count, count // 10, f"changed{count}")
    shows, diffs = [], []
    with Store(bench.programs, bench.scratch) as store:
        store.make_repository("bench", f"{bench.upstream.url}/{os.path.basename(base)}/PULP_MANIFEST", "on_demand")
        store.sync("bench")
        other = f"{bench.upstream.url}/{os.path.basename(changed)}/PULP_MANIFEST"
        store.ctl("file", "remote", "create", "--name", "changed", "--url", other, "--policy", "on_demand")
        store.ctl("file", "repository", "sync", "--repository", "bench", "--remote", "changed", "--mirror")
        for _ in range(bench.runs * 2 + 1):
            shows.append(store.print("file", "repository", "version", "show", "--repository", "bench").seconds)
            diffs.append(store.print("file", "repository", "version", "diff", "--repository", "bench", "--from", 1, "--to", 2).seconds)
    net = [max(0.0, diff - show) for diff, show in zip(diffs, shows)]
    work = f"diff of two versions of {count:,} units, {count // 10:,} different"
    return [Row(work, "s", net, target="≤ 50 ms", note="pulpctl's diff less its show, a line a unit"), Row("  the whole pulpctl process", "s", diffs)]
