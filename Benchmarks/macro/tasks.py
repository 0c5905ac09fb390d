"""The task engine, on SQLite and on a PostgreSQL server that is started for it, with `fsync` as a new server has it."""

import glob
import json
import os
import pwd
import shutil
import subprocess
import tempfile

from table import Row


def rows(bench):
    """Each figure of `task-benchmark`, on both databases."""
    found = measure(bench, "SQLite", None)
    with PostgreSQL() as server:
        found += measure(bench, "PostgreSQL", server.url)
    return found


def measure(bench, database, url):
    folder = os.path.join(bench.scratch, f"tasks-{database}")
    os.makedirs(folder)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PULP_")}
    if url:
        environment["PULP_DATABASE_URL"] = url
    command = [
        os.path.join(bench.programs, "task-benchmark"), "--pulpd", os.path.join(bench.programs, "pulpd"), "--data-dir", folder,
        "--runs", str(bench.runs), "--waiting", str(bench.counts[2]), "--tasks", str(30 * bench.counts[2] // 1000)]
    output = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [row(database, json.loads(line)) for line in output.splitlines()]


TARGETS = {
    ("SQLite", "tasks dispatched and finished, one process"): "≥ 1,500/s",
    ("PostgreSQL", "tasks dispatched and finished, two worker processes"): "≥ 700/s",
    ("SQLite", "created to completed, idle, this process, p50"): "≤ 3 ms",
    ("SQLite", "created to completed, idle, this process, p99"): "≤ 10 ms",
    ("PostgreSQL", "created to completed, idle, another process, p50"): "≤ 6 ms",
    ("PostgreSQL", "created to completed, idle, another process, p99"): "≤ 20 ms",
    ("SQLite", "a worker killed, until the next task has run"): "≤ 2 s",
    ("PostgreSQL", "a worker killed, until the next task has run"): "≤ 2 s",
}


def row(database, figure):
    return Row(
        f"{database}: {figure['figure']}", figure["unit"], figure["runs"], target=TARGETS.get((database, figure["figure"]), ""))


class PostgreSQL:
    """A server of its own in a temporary folder, which is gone afterwards."""

    def __enter__(self):
        self.programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[-2]))[-1]
        self.folder = tempfile.mkdtemp(prefix="pulp-bench-", dir="/var/tmp")
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        self.run("initdb", "-D", f"{self.folder}/data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        self.run("pg_ctl", "-D", f"{self.folder}/data", "-w", "-l", f"{self.folder}/log", "-o", f"-k {self.folder} -c listen_addresses=",
                 "start")
        self.url = f"postgresql:///postgres?host={self.folder}&user=postgres"
        return self

    def __exit__(self, *_):
        self.run("pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, program, *arguments):
        command = [os.path.join(self.programs, program), *arguments]
        if os.geteuid() == 0:
            command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--reset-env", "--", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")
