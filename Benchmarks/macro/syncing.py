"""Syncs and publications, against copying the same files and computing their digests."""

import os
import tempfile

import fixtures
import processes
from store import Store
from table import Row


def rows(bench):
    small, large, huge = (fixtures.file_repository(bench.fixtures, count) for count in bench.counts)
    ten, fifty, hundred = (f"{count:,}" for count in bench.counts)
    peer = f"cp and sha256sum of the {ten} files, then sync"
    copies = [_copy(bench, small) for _ in range(bench.runs)]
    immediate = _syncs(bench, small, "immediate", publish=True)
    on_demand = _syncs(bench, small, "on_demand")
    larger = _syncs(bench, large, "on_demand", runs=max(1, bench.runs // 2))
    largest = _syncs(bench, huge, "on_demand", runs=1)
    return [
        Row(f"sync {ten} small files, immediate", "s", immediate["sync"], peer, copies, "≤ 3 s", _used(immediate)),
        Row("the same, on_demand", "s", on_demand["sync"], target="≤ 0.7 s", note=_used(on_demand)),
        Row("the same again, nothing changed", "s", on_demand["again"], target="≤ 30 ms"),
        Row("  the whole pulpctl process for it", "s", on_demand["again wall"]),
        Row(f"sync {fifty} files, on_demand", "s", larger["sync"], target="≤ 3.5 s", note=_used(larger)),
        Row(f"  peak of the process, {ten} files", "B", on_demand["peak"]),
        Row(f"  peak of the process, {ten} files, immediate", "B", immediate["peak"]),
        Row(f"  peak of the process, {fifty} files", "B", larger["peak"], target="≤ 120 MB"),
        Row(f"  peak of the process, {hundred} files", "B", largest["peak"], target="as for fewer"),
        Row(f"publish {ten} files", "s", immediate["publish"], target="≤ 100 ms"),
    ]


def _syncs(bench, upstream, policy, runs=None, publish=False):
    """Each run in a store of its own: a sync from nothing, one with nothing changed, a publication."""
    figures = {name: [] for name in ("sync", "cpu", "peak", "again", "again wall", "publish")}
    url = f"{bench.upstream.url}/{os.path.basename(upstream)}/PULP_MANIFEST"
    for _ in range(runs or bench.runs):
        with Store(bench.programs, bench.scratch) as store:
            store.make_repository("bench", url, policy)
            outcome = store.sync("bench")
            figures["sync"].append(store.task_seconds())
            figures["cpu"].append(outcome.cpu_seconds)
            figures["peak"].append(outcome.peak_bytes)
            outcome = store.sync("bench")
            figures["again"].append(store.task_seconds())
            figures["again wall"].append(outcome.seconds)
            if publish:
                store.ctl("file", "publication", "create", "--repository", "bench")
                figures["publish"].append(store.task_seconds())
    return figures


def _used(figures):
    return f"{sorted(figures['cpu'])[len(figures['cpu']) // 2]:.2f} CPU s"


def _copy(bench, upstream):
    """What no way of ingesting files can do without: their bytes copied, their digests computed, all of it on the disk."""
    target = tempfile.mkdtemp(prefix="copy-", dir=bench.scratch)
    script = 'cp -r "$1" "$2/files" && find "$2/files" -type f -print0 | xargs -0 sha256sum >"$2/sums" && sync -f "$2"'
    return processes.run(["sh", "-c", script, "sh", upstream, target]).seconds
