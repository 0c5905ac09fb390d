"""Sends the requests of `samples/` again, which were recorded of pulpcore 3.123.1, and compares the answers.

The samples are one session: things are made, looked at, and refused. So they are replayed in that order, and what a sample calls by an id
is bound to what has its place in the answer here. Equal must be: the status; the members of objects and the types of values; the words of
an error; hrefs, PRNs and times in their form; and the headers. `DIFFERENCES` has what differs on purpose, each with the reason.
"""

import base64
import json
import pathlib
import re
import time
import urllib.error
import urllib.request

from checks import Checks, arguments, expect
from upstream import Upstream, manifest

FOLDER = pathlib.Path(__file__).parent / "samples"
UPSTREAM = "http://127.0.0.1:18080"

# What the samples' own upstream had.
FILES = {f"d000/f{number:06}.bin": (f"file3-{number:08}-".encode() * 129)[:1024] for number in range(3)}

# In the order in which they are sent; what a name alone does not say is said by `how`.
SEQUENCE = """
    status status-noauth no-trailing-slash api-root err-401-noauth err-401-badpw err-404-route err-405 err-406 err-415 err-400-badjson
    err-filter-unknown err-limit-bad
    file-repository-missing-name-400 file-unknown-field-400 file-repository-create file-repository-duplicate-400 file-repository-get
    file-remote-missing-fields-400 file-remote-bad-policy-400 file-remote-create file-sync-no-remote-400 file-sync-bad-remote-400
    file-repository-sync file-task-sync-completed file-version-1 file-version-missing-404 file-versions-list file-content-files-list
    file-content-get file-content-fields-filter file-content-exclude-fields
    file-publication-create file-task-publish-completed file-publication-get file-publication-list
    file-distribution-create file-task-distribution-completed file-distribution-get file-distribution-list file-distribution-overlap-400
    content-app-root content-app-intermediate content-app-no-slash content-app-base-missing content-app-file-listing content-app-file-dir
    content-app-file-file content-app-file-manifest content-app-file-missing
    file-remote-list file-repository-list label-select name-in ordering q-filter
    remotes-all repositories-all repository-versions-all publications-all distributions-all content-all contentguards-list
    file-task-sync-failed tasks-list-filter
    file-distribution-patch file-repository-patch file-remote-patch file-modify-remove
    artifact-no-file-400 artifact-bad-digest-400 artifact-create-201 artifact-duplicate-400 artifact-list artifact-missing-404
    upload-create-bad-400 upload-create-201 upload-list
    tasks-list tasks-bad-filter-400 tasks-missing-404 tasks-purge task-cancel-bad-400 task-cancel-finished-409 task-groups workers-list
    access-policies-list roles-list users-list groups-list rbac-user-create err-403-user
    orphans-cleanup repair
""".split()

# Beside the user that names it: another user, a header, a body that is no JSON.
HOW = {
    "status-noauth": {"user": None},
    "err-401-noauth": {"user": None},
    "err-401-badpw": {"user": ("admin", "wrong")},
    "err-403-user": {"user": ("u773cb9", "Pa55word-long")},
    "err-406": {"headers": {"Accept": "text/xml"}},
    "err-415": {"headers": {"Content-Type": "text/xml"}, "data": b"<x/>"},
    "err-400-badjson": {"headers": {"Content-Type": "application/json"}, "data": b"{bad"},
    "artifact-create-201": {"form": {"file": b"artifact"}},
    "artifact-duplicate-400": {"form": {"file": b"artifact"}},
    "artifact-bad-digest-400": {"form": {"file": b"other", "sha256": "0" * 64}},
}

# What differs on purpose: by sample and by the place in it, with the reason.
LISTING = "the listings of this server are HTML 5, and tell of each path what Pulp's tell of it"
OPTIONS = "OPTIONS is answered everywhere"
DIFFERENCES = {
    "content-app-root": {"header accept-ranges": LISTING, "text": LISTING},
    "content-app-intermediate": {"header accept-ranges": LISTING, "text": LISTING},
    "content-app-file-listing": {"header accept-ranges": LISTING, "text": LISTING},
    "content-app-file-dir": {"header accept-ranges": LISTING, "text": LISTING},
    "content-app-no-slash": {"header cache-control": "a redirect is not kept by caches: the distribution may go"},
    "err-404-route": {"header vary": "all answers of this API have it"},
    "no-trailing-slash": {
        "header vary": "all answers of this API have it",
        "header x-frame-options": "all answers of this API have it",
    },
    "file-remote-bad-policy-400": {"body.url": "everything that is wrong is said at once"},
    "file-task-sync-failed": {"body.error.error_code": "this server has a code for it", "body.error.description": "it says what failed"},
    "upload-create-bad-400": {"header Allow": OPTIONS},
    "upload-create-201": {"header Allow": OPTIONS},
    "upload-list": {"header Allow": OPTIONS},
    "workers-list": {"header Allow": "who may GET may HEAD, everywhere"},
}

IDENTIFIER = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# What is another each time, and the word that stands for it in a comparison.
FORMS = [
    (IDENTIFIER, "ID"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"), "TIME"),
    (re.compile(r"\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d"), "DATE"),
    (re.compile(r"\b[0-9a-f]{128}\b|\b[0-9a-f]{96}\b|\b[0-9a-f]{64}\b|\b[0-9a-f]{56}\b|\b[0-9a-f]{32}\b"), "DIGEST"),
    (re.compile(r"artifact/[0-9a-f]{2}/[0-9a-f]{62}"), "artifact/DIGEST"),
    (re.compile(r"users/\d+/|auth\.user:\d+"), "USER"),
    (re.compile(r"http://127\.0\.0\.1:\d+"), "ORIGIN"),
]
# Objects whose members have any names.
MAPS = re.compile(r"\.(artifacts|pulp_labels|added|removed|present|versions|last_sync_details)$")
# Kinds of the plugins that this server does not have, in hrefs and PRNs, and what is listed of them below the root.
OTHER_KINDS = re.compile(r"/(deb|rpm)/|prn:(deb|rpm)\.|\[DEB")
LATER = re.compile(
    r"body\.(acs|domains|signing-services|exporters|importers|upstream-pulps|vuln_report|.*/(deb|rpm|certguard)/.*|.*/core/openpgp.*"
    r"|remotes/file/git|contentguards/core/envvar_header|distributions/core/artifacts)\b")
# Headers that are about one answer, not about its kind.
ONE_ANSWER = {"content-length", "correlation-id", "date", "server", "etag", "last-modified", "connection", "transfer-encoding"}


def form(text):
    for pattern, word in FORMS:
        text = pattern.sub(word, text)
    return text


class Replay:
    def __init__(self, server, upstream, check):
        self.server, self.upstream, self.check = server, upstream, check
        self.bound = {}
        self.redirects = urllib.request.build_opener(NoRedirects())

    def run(self):
        recorded = {path.stem for path in FOLDER.glob("*.json")}
        with self.check("every sample is replayed"):
            expect(recorded == set(SEQUENCE), f"{sorted(recorded ^ set(SEQUENCE))}")
        for name in SEQUENCE:
            sample = json.loads((FOLDER / f"{name}.json").read_text())
            with self.check(name):
                if name == "file-task-sync-failed":
                    self.fail_a_sync(sample)
                status, headers, body = self.send(sample["request"], **HOW.get(name, {}))
                found = list(self.differences(name, sample, status, headers, body))
                self.bind(sample.get("body"), body)
                if status == 202 and isinstance(body, dict) and "task" in body:
                    self.wait(body["task"])
                expect(not found, "\n".join(found))

    # Requests.

    def send(self, request, user=(), headers=None, data=None, form=None):
        path = request["path"].replace(UPSTREAM, self.upstream.url)
        body = request.get("body")
        headers = {"Accept": "application/json", **(headers or {})}
        for theirs, ours in self.bound.items():
            path = path.replace(theirs, ours)
        if data is None and form is not None:
            boundary = "0a1b2c3d"
            parts = []
            for name, value in form.items():
                file = '; filename="file"\r\nContent-Type: application/octet-stream' if isinstance(value, bytes) else ""
                value = value if isinstance(value, bytes) else value.encode()
                parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + value + b"\r\n")
            data = b"".join(parts) + f"--{boundary}--\r\n".encode()
            headers["Content-Type"] = f"multipart/form-data; boundary={boundary}"
        elif data is None and body is not None:
            text = json.dumps(body).replace(UPSTREAM, self.upstream.url)
            for theirs, ours in self.bound.items():
                text = text.replace(theirs, ours)
            data = text.encode()
            headers["Content-Type"] = "application/json"
        is_content = path.startswith("/pulp/content/")
        url = (self.server.content_url if is_content else self.server.base_url) + path
        message = urllib.request.Request(url, data=data, method=request["method"], headers=headers)
        name = self.server.credentials if user == () else user
        if name and not is_content:
            message.add_header("Authorization", "Basic " + base64.b64encode(":".join(name).encode()).decode())
        try:
            answer = self.redirects.open(message)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            text = answer.read().decode()
        is_json = (answer.headers.get_content_type() or "") == "application/json" and text
        return answer.status, answer.headers, json.loads(text) if is_json else text

    def get(self, path):
        return self.send({"method": "GET", "path": path})[2]

    def wait(self, task):
        deadline = time.monotonic() + 60
        while self.get(task)["state"] in ("waiting", "running", "canceling"):
            expect(time.monotonic() < deadline, f"{task} does not end")
            time.sleep(0.01)

    def fail_a_sync(self, sample):
        """A sync from a place where nothing is, which the session itself does not show."""
        root = "/pulp/api/v3/"
        broken = self.send({"method": "POST", "path": f"{root}remotes/file/file/", "body": {
            "name": "s-file-broken", "url": f"{UPSTREAM}/nothing/PULP_MANIFEST", "max_retries": 0}})[2]["pulp_href"]
        repository = self.get(f"{root}repositories/file/file/?name=s-file-773cb9")["results"][0]["pulp_href"]
        task = self.send({"method": "POST", "path": f"{repository}sync/", "body": {"remote": broken}})[2]["task"]
        self.wait(task)
        self.bound[IDENTIFIER.search(sample["request"]["path"])[0]] = IDENTIFIER.search(task)[0]

    def bind(self, theirs, ours):
        """What a sample calls by an id is what has its place here."""
        if isinstance(theirs, dict) and isinstance(ours, dict):
            for name in theirs.keys() & ours.keys():
                self.bind(theirs[name], ours[name])
        elif isinstance(theirs, list) and isinstance(ours, list):
            for one, other in zip(theirs, ours):
                self.bind(one, other)
        elif isinstance(theirs, str) and isinstance(ours, str):
            for one, other in zip(IDENTIFIER.findall(theirs), IDENTIFIER.findall(ours)):
                self.bound.setdefault(one, other)

    # Comparison.

    def differences(self, name, sample, status, headers, body):
        """What differs, and is not known to differ."""
        known = DIFFERENCES.get(name, {})
        places = {place: text for place, text in self._differences(sample, status, headers, body)}
        for place in known.keys() - places.keys():
            yield f"{place}: differs no more; take it out of DIFFERENCES"
        for place, text in places.items():
            if place not in known and not (name == "api-root" and LATER.match(place)):
                yield f"{place}: {text}"

    def _differences(self, sample, status, headers, body):
        if status != sample["status"]:
            yield "status", f"{status}, not {sample['status']}: {str(body)[:300]}"
            return
        theirs = {header.lower(): (header, value) for header, value in sample["headers"].items()}
        ours = {header.lower(): value for header, value in headers.items()}
        for key, (header, value) in theirs.items():
            if key in ONE_ANSWER:
                continue
            if key not in ours:
                yield f"header {header}", f"missing; Pulp says {value!r}"
            elif form(ours[key]) != form(value):
                yield f"header {header}", f"{ours[key]!r}, not {value!r}"
        for key in ours.keys() - theirs.keys() - ONE_ANSWER:
            yield f"header {key}", f"Pulp does not send it: {ours[key]!r}"
        if "text" in sample or not isinstance(sample.get("body"), (dict, list)):
            wanted = sample.get("text", sample.get("body")) or ""
            if sample["request"]["path"].endswith("MANIFEST"):
                # The order of its lines is nobody's business.
                wanted, body = ("\n".join(sorted(text.splitlines())) for text in (wanted, body))
            if form(wanted) != form(body if isinstance(body, str) else json.dumps(body)):
                yield "text", f"{body!r}\n  not {wanted!r}"
        else:
            # A conflict shows the thing that it is about.
            yield from self.values("body", sample["body"], body, is_error=status >= 400 and status != 409)

    def values(self, place, theirs, ours, is_error):
        # A policy has a text for one condition, and a list for several.
        if theirs is None or ours is None or place.endswith(".condition"):
            return
        if type(theirs) is not type(ours):
            yield place, f"{type(ours).__name__} ({ours!r}), not {type(theirs).__name__} ({theirs!r})"
        elif isinstance(theirs, dict):
            if not MAPS.search(place):
                for key in theirs.keys() - ours.keys():
                    yield f"{place}.{key}", f"missing; Pulp says {theirs[key]!r}"
                for key in ours.keys() - theirs.keys():
                    yield f"{place}.{key}", f"Pulp does not say it: {ours[key]!r}"
            for key in theirs:
                if key in ours:
                    yield from self.values(f"{place}.{key}", theirs[key], ours[key], is_error)
        elif place.endswith("reserved_resources_record"):
            if sorted(map(self.kind, theirs)) != sorted(map(self.kind, ours)) and not OTHER_KINDS.search(str(theirs)):
                yield place, f"{ours!r} has not the form of {theirs!r}"
        elif isinstance(theirs, list):
            if is_error and len(theirs) != len(ours):
                yield place, f"{ours!r}, not {theirs!r}"
            for number, value in enumerate(ours):
                if theirs:
                    yield from self.values(f"{place}[{number}]", theirs[min(number, len(theirs) - 1)], value, is_error)
        elif isinstance(theirs, str):
            if is_error and form(ours) != form(theirs):
                yield place, f"{ours!r}, not {theirs!r}"
            elif not is_error and form(theirs) != theirs and not OTHER_KINDS.search(theirs) and self.kind(theirs) != self.kind(ours):
                yield place, f"{ours!r} has not the form of {theirs!r}"

    @staticmethod
    def kind(text):
        """The form of an href, a PRN, a time or a digest; of what is inside of one, only its beginning."""
        text = form(text)
        if text.startswith("ORIGIN"):
            return "ORIGIN"
        return re.sub(r"(versions/)\d+/", r"\1N/", text)


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def main():
    server, _ = arguments(__doc__)
    check = Checks("samples")
    with Upstream() as upstream:
        upstream.answers["/file3/PULP_MANIFEST"] = manifest(FILES)
        upstream.answers.update({f"/file3/{path}": data for path, data in FILES.items()})
        Replay(server, upstream, check).run()
    check.finish()


main()
