"""Files served by pulpd and by nginx, by turns."""

import http.client
import os
import re

import fixtures
import processes
from nginx import Nginx
from store import Daemon, Store
from table import Row

SIZES = {"f4k.bin": 4096, "f10m.bin": 10 << 20}
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def rows(bench):
    folder = fixtures.static_files(bench.fixtures, SIZES)
    with Store(bench.programs, bench.scratch) as store:
        store.ctl("file", "mirror", f"{bench.upstream.url}/static/PULP_MANIFEST", "--at", "bench", "--policy", "immediate")
        with Daemon(store) as daemon:
            base = f"{daemon.url}/bench"
            answers = {path: _get(f"{base}/{path}") for path in SIZES}
            headers = {path: headers for path, (headers, _) in answers.items()}
            with Nginx(folder, os.path.join(bench.scratch, "peer"), headers) as nginx:
                for path in SIZES:
                    _compare(path, answers[path], _get(f"{nginx.url}/{path}"))
                small = _rounds(bench, f"{base}/f4k.bin", f"{nginx.url}/f4k.bin")
                large = _rounds(bench, f"{base}/f10m.bin", f"{nginx.url}/f10m.bin")
                missing = _rounds(bench, f"{base}/nothing", f"{base}/f4k.bin")
                resident = daemon.memory()[0]
    return [
        Row("serve a file of 4 KiB", "1/s", small[0]["requests"], "nginx", small[1]["requests"], "≥ 0.85"),
        Row("serve a file of 10 MiB", "B/s", large[0]["bytes"], "nginx", large[1]["bytes"], "≥ 0.90"),
        Row("404 below a distribution", "1/s", missing[0]["requests"], "a hit", missing[1]["requests"], "≥ 1"),
        Row("  resident memory of pulpd after all that", "B", [resident]),
    ]


def _rounds(bench, ours, theirs):
    """Each round measures both, the one right after the other, so that both see the same machine."""
    figures = []
    for index in range(bench.rounds + 1):
        round = [_wrk(bench, ours), _wrk(bench, theirs)]
        # The first one warms caches.
        if index > 0:
            figures.append(round)
    return [{name: [round[side][name] for round in figures] for name in ("requests", "bytes")} for side in (0, 1)]


def _wrk(bench, url):
    output = processes.run(["wrk", "-t1", "-c8", f"-d{bench.seconds}s", "--timeout", "30s", url]).output
    if "Socket errors" in output:
        raise RuntimeError(f"{url}: {output}")
    requests = float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])
    transfer = re.search(r"Transfer/sec:\s+([\d.]+)([KMG]?)B", output)
    return {"requests": requests, "bytes": float(transfer[1]) * UNITS[transfer[2]]}


def _compare(path, ours, theirs):
    """Both must send the same bytes under the same headers, or the comparison says nothing."""
    if ours[1] != theirs[1]:
        raise RuntimeError(f"{path}: pulpd and nginx send different bytes")
    mine, others = ({name.lower() for name, _ in headers} for headers, _ in (ours, theirs))
    if mine != others:
        print(f"  {path}: only pulpd sends {sorted(mine - others)}, only nginx {sorted(others - mine)}", flush=True)


def _get(url):
    host, _, path = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host)
    connection.request("GET", f"/{path}")
    response = connection.getresponse()
    body = response.read()
    connection.close()
    if response.status != 200:
        raise RuntimeError(f"{url} answers {response.status}")
    return response.getheaders(), body
