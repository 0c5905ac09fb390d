"""Macro benchmarks of pulpd and pulpctl. `python3 Benchmarks/macro --programs .build/release` prints a table.

Everything listens on loopback only. What is written goes below --scratch, and is removed at the end except for the generated
upstream repositories, which the next run uses again.
"""

import argparse
import os
import platform
import shutil
import tempfile
from dataclasses import dataclass

import serving
import starting
import syncing
import table
import tasks
import versions
from nginx import Nginx

SUITES = {"starting": starting.rows, "syncing": syncing.rows, "versions": versions.rows, "serving": serving.rows,
          "tasks": tasks.rows}


@dataclass
class Bench:
    """What every suite needs to know."""

    programs: str
    fixtures: str
    scratch: str
    upstream: Nginx
    runs: int
    rounds: int
    seconds: int
    counts: list
    version_sizes: list


def main():
    options = arguments()
    fixtures = os.path.join(options.scratch, "fixtures")
    os.makedirs(fixtures, exist_ok=True)
    scratch = tempfile.mkdtemp(prefix="run-", dir=options.scratch)
    scale = 100 if options.quick else 1
    rows = []
    try:
        with Nginx(fixtures, os.path.join(scratch, "upstream")) as upstream:
            bench = Bench(
                programs=os.path.abspath(options.programs), fixtures=fixtures, scratch=scratch, upstream=upstream,
                runs=1 if options.quick else options.runs, rounds=1 if options.quick else options.rounds,
                seconds=1 if options.quick else options.seconds,
                counts=[count // scale for count in (10_000, 50_000, 100_000)],
                version_sizes=[count // scale for count in (1_000, 10_000, 50_000)])
            for name in options.suites or SUITES:
                print(f"{name} …", flush=True)
                rows += SUITES[name](bench)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        if rows:
            report(rows, options)


def report(rows, options):
    """Also what an interrupted run has measured so far."""
    table.dump(rows, os.path.join(options.scratch, "results.jsonl"))
    print(f"\n{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}; each median of {options.runs} runs\n")
    print(table.markdown(rows))


def arguments():
    parser = argparse.ArgumentParser(prog="macro", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", required=True, help="the folder that has pulpd and pulpctl, of a release build")
    parser.add_argument("--scratch", default=".build/bench", help="where to write (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=5, help="runs of each sync (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of serving (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement of serving (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="a hundredth of everything, once: whether it runs at all")
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"of {', '.join(SUITES)} (default: all)")
    options = parser.parse_args()
    for name in set(options.suites) - set(SUITES):
        parser.error(f"there is no suite {name}")
    options.scratch = os.path.abspath(options.scratch)
    return options


if __name__ == "__main__":
    main()
