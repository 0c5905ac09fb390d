"""Running programs, and what they used."""

import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from dataclasses import dataclass


@dataclass
class Outcome:
    """What a program printed, how long it took, and what it used."""

    output: str
    seconds: float
    cpu_seconds: float
    peak_bytes: int


def run(arguments, environment=None, folder=None):
    """Runs a program to its end.

    The peak is the kernel's account of the process, which begins with the few megabytes of the interpreter that started it.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            arguments, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        output = out.read().decode()
        if process.returncode != 0:
            errors.seek(0)
            message = errors.read().decode(errors="replace")[-2000:]
            raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}: {message}")
        return Outcome(output, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def free_port():
    """A port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(url, process, seconds=30):
    """Asks until there is an answer of any kind; how long that took."""
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[0]} ended with {process.returncode} before it answered")
        try:
            urllib.request.urlopen(url, timeout=seconds).close()
            return time.perf_counter() - start
        except urllib.error.HTTPError:
            return time.perf_counter() - start
        except OSError:
            time.sleep(0.001)
    raise RuntimeError(f"no answer from {url} within {seconds} seconds")


def stop(process):
    """Ends a program that this one started, and waits for it."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def memory(pid):
    """The resident and the proportional memory of a process, in bytes."""
    found = {}
    with open(f"/proc/{pid}/smaps_rollup") as rollup:
        for line in rollup:
            name, _, rest = line.partition(":")
            if name in ("Rss", "Pss"):
                found[name] = int(rest.split()[0]) * 1024
    return found["Rss"], found["Pss"]
