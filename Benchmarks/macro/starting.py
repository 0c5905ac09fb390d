"""How soon pulpd answers, and what it holds while nobody asks."""

import time

from store import Daemon, Store
from table import Row


def rows(bench):
    fresh, again, resident, proportional = [], [], [], []
    for _ in range(bench.runs):
        with Store(bench.programs, bench.scratch) as store:
            with Daemon(store) as daemon:
                fresh.append(daemon.first_answer)
            with Daemon(store) as daemon:
                again.append(daemon.first_answer)
                time.sleep(bench.seconds)
                rss, pss = daemon.memory()
                resident.append(rss)
                proportional.append(pss)
    return [
        Row("start of pulpd to its first answer, empty folder", "s", fresh, target="≤ 0.3 s"),
        Row("  the same, existing store", "s", again, target="≤ 0.3 s"),
        Row("idle pulpd with all roles, resident", "B", resident, target="≤ 40 MB"),
        Row("  the same, its share of shared pages counted once", "B", proportional),
    ]
