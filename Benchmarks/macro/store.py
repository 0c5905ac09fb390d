"""A fresh Pulp: a data folder, `pulpctl` on it, and `pulpd` beside it."""

import json
import os
import subprocess
import tempfile
from datetime import datetime

import processes


class Store:
    """A data folder of its own.

    It stays until the end of all measurements: ext4 looks for seconds for inodes that were not deleted lately, so that what is
    measured after a deletion of ten thousand files is that deletion.
    """

    def __init__(self, programs, scratch):
        self.programs = programs
        self.folder = tempfile.mkdtemp(prefix="store-", dir=scratch)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": self.folder,
            "PULP_DATA_DIR": os.path.join(self.folder, "data"),
        }

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def ctl(self, *arguments):
        """Runs `pulpctl` with JSON as its output."""
        return self.print(*arguments, "--json")

    def print(self, *arguments):
        """Runs `pulpctl` with its output for people."""
        program = os.path.join(self.programs, "pulpctl")
        return processes.run([program, *map(str, arguments)], self.environment, self.folder)

    def make_repository(self, name, url, policy):
        """A repository with its remote; nothing is synced."""
        self.ctl("file", "remote", "create", "--name", name, "--url", url, "--policy", policy)
        self.ctl("file", "repository", "create", "--name", name, "--remote", name)

    def sync(self, name):
        return self.ctl("file", "repository", "sync", "--repository", name)

    def task_seconds(self):
        """How long the task that finished last took, by its record."""
        tasks = json.loads(self.ctl("task", "list", "--limit", 1000).output)
        last = max((task for task in tasks if task["finished_at"]), key=lambda task: task["finished_at"])
        if last["state"] != "completed":
            raise RuntimeError(f"a task ended as {last['state']}: {last['error']}")
        return (_moment(last["finished_at"]) - _moment(last["started_at"])).total_seconds()


class Daemon:
    """A `pulpd` on a store and on free ports, until the end of a `with`."""

    def __init__(self, store):
        self.api, self.content = (f"127.0.0.1:{processes.free_port()}" for _ in range(2))
        self.url = f"http://{self.content}/pulp/content"
        self.environment = {
            **store.environment,
            "PULP_API_LISTEN": self.api,
            "PULP_CONTENT_LISTEN": self.content,
            "PULP_CONTENT_ORIGIN": f"http://{self.content}",
        }
        self.program = os.path.join(store.programs, "pulpd")
        self.log = os.path.join(store.folder, "pulpd.log")
        self.store = store

    def __enter__(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [self.program], env=self.environment, cwd=self.store.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self.first_answer = processes.wait_for(f"http://{self.api}/pulp/api/v3/livez/", self.process)
        except RuntimeError as error:
            processes.stop(self.process)
            with open(self.log) as log:
                raise RuntimeError(f"{error}: {log.read()[-2000:]}") from None
        return self

    def __exit__(self, *_):
        processes.stop(self.process)

    def memory(self):
        return processes.memory(self.process.pid)


def _moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
