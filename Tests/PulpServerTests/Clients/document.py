"""Holds a server to what its own document says: Schemathesis makes requests of it, valid ones and others, and looks at the answers.

No answer may be a failure of the server (5xx), have a status or a type that the document does not name, or a body that is not of the
document's schema. It asks as the administrator, and as nobody. What is asked is the same in each run.
"""

import base64
import contextlib
import io
import json
import os
import pathlib
import re
import sys
import tempfile
import time
import urllib.error
import urllib.request

import schemathesis.cli

from checks import Checks, arguments, expect
from upstream import Upstream

CHECKS = [
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance",
]
# Operations that would end the test: those that change users could change the one who asks.
EXCLUDED = r"^(users_(delete|update|partial_update)|login_update|logout)$"


class API:
    """A few requests, to have something to ask about."""

    def __init__(self, server):
        self.server = server
        self.authorization = "Basic " + base64.b64encode(":".join(server.credentials).encode()).decode()

    def __call__(self, method, path, body=None):
        request = urllib.request.Request(
            self.server.base_url + path, method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": self.authorization})
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or "null")

    def done(self, answer):
        while True:
            task = self("GET", answer["task"])
            if task["state"] not in ("waiting", "running", "canceling"):
                expect(task["state"] == "completed", f"{task['name']}: {task['error']}")
                return task
            time.sleep(0.01)

    def prepare(self, upstream):
        """Makes some things of each kind, so that ids can be asked for that are there."""
        root = "/pulp/api/v3/"
        for number in range(4):
            url = f"{upstream.url}/three/PULP_MANIFEST"
            remote = self("POST", f"{root}remotes/file/file/", {"name": f"r{number}", "url": url})
            repository = self("POST", f"{root}repositories/file/file/", {"name": f"f{number}"})
            self.done(self("POST", f"{repository['pulp_href']}sync/", {"remote": remote["pulp_href"]}))
            publication = self.done(self("POST", f"{root}publications/file/file/", {"repository": repository["pulp_href"]}))
            self.done(self("POST", f"{root}distributions/file/file/", {
                "name": f"d{number}", "base_path": f"d{number}", "publication": publication["created_resources"][0]}))
            for kind, more in [
                ("rbac", {}), ("content_redirect", {}), ("header", {"header_name": "a", "header_value": "b"}),
                ("composite", {"guards": []}),
            ]:
                self("POST", f"{root}contentguards/core/{kind}/", {"name": f"{kind}{number}", **more})
            for path, body in [
                ("uploads/", {"size": 10}), ("groups/", {"name": f"g{number}"}), ("users/", {"username": f"u{number}"}),
                ("roles/", {"name": f"test.role{number}", "permissions": ["file.view_fileremote"]}),
            ]:
                # Not every server has them.
                with contextlib.suppress(urllib.error.HTTPError):
                    self("POST", root + path, body)


def answerable(api, document):
    """The document with keys of what is there, and without what makes answers have less than their schemas promise."""
    paths = document["paths"]
    for path, operations in paths.items():
        collection = path.partition("{")[0]
        keys = []
        if collection != path and "get" in paths.get(collection, {}):
            results = api("GET", f"{collection}?limit=100")["results"]
            keys = [each["pulp_href"].rstrip("/").rpartition("/")[2] for each in results]
        for operation in operations.values():
            operation["parameters"] = [each for each in operation["parameters"] if each["name"] not in ("fields", "exclude_fields")]
            for parameter in operation["parameters"]:
                if parameter["in"] == "path":
                    parameter["schema"]["enum"] = ["0", "1", "2"] if parameter["name"] == "number" else keys[:6] + ["none"]
    return document


def main():
    server, options = arguments(__doc__, seconds="50", examples="8")
    check = Checks("document")
    api = API(server)
    with Upstream() as upstream, tempfile.TemporaryDirectory() as folder:
        with check("things are made to ask about"):
            api.prepare(upstream)
        place = pathlib.Path(folder) / "api.json"
        place.write_text(json.dumps(answerable(api, api("GET", "/pulp/api/v3/docs/api.json?pk_path=1"))))
        # It leaves a folder with what it learned.
        os.chdir(folder)
        for who, more in [("the administrator", ["--auth", ":".join(server.credentials)]), ("nobody", [])]:
            with check(f"{who} gets what the document says"):
                expect(*run(place, server, options, more))
    check.finish()


def run(place, server, options, more):
    """Whether all went well, and what Schemathesis wrote."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        try:
            schemathesis.cli.schemathesis(
                [
                    "run", str(place), "--url", server.base_url, "--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing",
                    "--max-examples", options.examples, "--max-time", options.seconds, "--generation-deterministic", "--no-shrink",
                    "--suppress-health-check", "all", "--exclude-operation-id-regex", EXCLUDED, "--warnings", "off", "--no-color", *more,
                ], standalone_mode=False)
            status = 0
        except SystemExit as end:
            status = end.code
    text = output.getvalue()
    failed = status != 0 or re.search(r"\b[1-9]\d* (failures?|errors?)\b", text)
    return not failed, text


sys.stdout.reconfigure(errors="replace")
main()
