"""Drives a server with pulp-cli, unmodified: every command of it that deals with what the server has.

Which commands and options there are is asked of the installed pulp-cli. A command that is not run is in `NOT_RUN`, with the reason; an
option of a command that is run, but which no step gives, is in `NOT_GIVEN`.
"""

import datetime
import json
import os
import pathlib
import re
import shlex
import tempfile
import time
import types
import urllib.request
import uuid

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from checks import Checks, Wrong, arguments, expect
from upstream import FILES, Upstream, digest

# The places of its settings and its cache, before it is imported: it looks once.
HOME = tempfile.TemporaryDirectory(prefix="pulp-cli-")
for variable in ["XDG_CONFIG_HOME", "XDG_CACHE_HOME", "HOME"]:
    os.environ[variable] = HOME.name

import click  # noqa: E402
import click.testing  # noqa: E402
import pulp_cli  # noqa: E402
import pulp_glue.common.context  # noqa: E402
from pulp_glue.common.openapi import OpenAPI  # noqa: E402

# It looks after its tasks once a second, and has no setting for that. Here tasks take milliseconds.
pulp_glue.common.context.time = types.SimpleNamespace(sleep=lambda _: time.sleep(0.01))

# Every command would parse the document of the API anew, as if it were a program of its own: a tenth of a second for each.
parse_document, documents = OpenAPI._parse_api, {}


def parse_once(self, data):
    if data not in documents:
        parse_document(self, data)
        documents[data] = {key: self.__dict__[key] for key in ["_api_spec", "api_spec", "openapi_version", "operations"]}
    self.__dict__.update(documents[data])


OpenAPI._parse_api = parse_once

LATER = "this server does not have it yet"
# Commands, or all below a group: what is not run, and why.
NOT_RUN = {
    "ansible": LATER,
    "container": LATER,
    "python": LATER,
    "rpm": LATER,
    "domain": LATER,
    "export": LATER,
    "exporter": LATER,
    "importer": LATER,
    "upstream-pulp": LATER,
    "vulnerability-report": LATER,
    "content-guard rhsm": LATER,
    "content-guard x509": LATER,
    "file acs": LATER,
    "file repository version scan": "it asks a database of vulnerabilities outside of this machine",
    "group permission": "Pulp has not had it since 3.20, and pulp-cli says so",
    "config edit": "it starts an editor, and asks nothing of a server",
    "signing-service": LATER,
    "task-group show": "nothing that pulp-cli can start here makes a group of tasks",
    "content-guard composite role": "pulp-cli does not know that these guards have roles",
    "content-guard header role": "pulp-cli does not know that these guards have roles",
    "content-guard redirect role": "pulp-cli does not know that these guards have roles",
}
# Which operations of the server belong to what is said to come later; when one is served, the entry above is wrong.
LATER_OPERATIONS = {
    "ansible": "_ansible_", "container": "_container_", "python": "_python_", "rpm": "_rpm_", "domain": "domains_",
    "export": "exporters_", "exporter": "exporters_", "importer": "importers_", "upstream-pulp": "upstream_pulps_",
    "vulnerability-report": "vuln_report_", "content-guard rhsm": "_rhsm_", "content-guard x509": "_x509_", "file acs": "acs_file_",
    "signing-service": "signing_services_",
}
# Options that no step gives, and why; `*` stands for any command.
NOT_GIVEN = {
    "* --domain": LATER,
    "config create --client-id": "it is for OAuth2",
    "config create --client-secret": "it is for OAuth2",
    "config create --cert": "it is for client certificates",
    "config create --key": "it is for client certificates",
    "config create --chunk-size": "pulp-cli 0.40.6 cannot read the size of chunks that it writes",
    "config create --dry-run": "a dry run of writing settings would write them",
    "config create --interactive": "it asks a person",
    "config create --editor": "it starts an editor",
    "artifact * --md5": "the server does not allow this digest",
    "artifact * --sha1": "the server does not allow this digest",
    "task profile-artifact-urls --download": "nothing is profiled here",
    "task-group list --ordering": "Pulp does not let clients order them",
    "group user list --ordering": "Pulp does not let clients order them",
    "status --retry-delay": "nothing is tried again here",
}


class Commands:
    """The tree of the commands that are installed, and which of them and of their options were used."""

    def __init__(self):
        pulp_cli.load_plugins()
        self.leaves = dict(self._walk(pulp_cli.main, ()))
        self.run = set()
        self.given = set()

    def _walk(self, command, path):
        if isinstance(command, click.Group):
            for name, inner in command.commands.items():
                yield from self._walk(inner, (*path, name))
        else:
            yield path, command

    def parse(self, words):
        """The command that words on a command line name, and the options behind it."""
        command, path = pulp_cli.main, ()
        words = list(words)
        while words:
            if words[0].startswith("-"):
                option = next((each for each in command.params if words[0] in [*each.opts, *each.secondary_opts]), None)
                words = words[1 if option is None or option.is_flag else 2:]
            elif isinstance(command, click.Group) and words[0] in command.commands:
                command, path, words = command.commands[words[0]], (*path, words[0]), words[1:]
            else:
                break
        return path

    def remember(self, words):
        path = self.parse(words)
        if path in self.leaves:
            self.run.add(path)
            for option in self.leaves[path].params:
                if any(word in [*option.opts, *option.secondary_opts] for word in words):
                    self.given.add((path, option.opts[0]))

    @staticmethod
    def reason(name):
        """Why a command is not run; nil for one that is."""
        return next((entry for entry in NOT_RUN if name == entry or name.startswith(entry + " ")), None)

    def report(self, check, operations):
        for path, command in self.leaves.items():
            name = " ".join(path)
            entry = self.reason(name)
            if path in self.run:
                if entry:
                    check.fail(name, f"is run: take {entry!r} out of NOT_RUN")
                for option in command.params:
                    if isinstance(option, click.Option) and option.opts[0] != "--help" and (path, option.opts[0]) not in self.given:
                        given = f"{name} {option.opts[0]}"
                        if not any(re.fullmatch(re.escape(each).replace(r"\*", ".*"), given) for each in NOT_GIVEN):
                            check.fail(given, "is given by no step that succeeds; give it, or say in NOT_GIVEN why not")
            elif not entry:
                check.fail(name, "is run by no step that succeeds; run it, or say in NOT_RUN why not")
        for entry in NOT_RUN:
            if not any(self.reason(" ".join(path)) == entry for path in self.leaves):
                check.fail(entry, "is no command: take it out of NOT_RUN")
        for entry, word in LATER_OPERATIONS.items():
            served = [operation for operation in operations if word in "_" + operation]
            if served:
                check.fail(entry, f"is said to come later, and is served: {served[0]}")


class CLI:
    """Calls the command line in this process, as its own main program would."""

    def __init__(self, server, commands):
        self.server, self.commands = server, commands
        self.runner = click.testing.CliRunner()

    def _invoke(self, words, password=None, options=()):
        line = [
            "--base-url", self.server.base_url, "--username", self.server.username,
            "--password", self.server.password if password is None else password, "--no-verify-ssl", *options, *words,
        ]
        return self.runner.invoke(pulp_cli.main, line)

    def __call__(self, *parts, options=(), output="json"):
        """Runs a command that must succeed.

        - parts: words as in a shell; a part that is no text is an argument as it is, JSON where it is no path.
        - returns: what it prints, as JSON; as text where it is none; None where it is nothing.
        """
        words = self.words(parts)
        result = self._invoke(words, options=["--format", output, *options])
        self.unexpected(result)
        if result.exit_code != 0:
            raise Wrong(f"pulp {shlex.join(words)}: exit code {result.exit_code}: {result.stderr.strip()[-600:]}")
        self.commands.remember(words)
        self.stderr = result.stderr
        text = result.stdout.strip()
        if output != "json":
            return text
        try:
            return json.loads(text) if text else None
        except json.JSONDecodeError:
            return text

    def refused(self, text, *parts, password=None, options=(), code=1):
        """Runs a command that must end with an exit code, and with a text in what it says."""
        words = self.words(parts)
        result = self._invoke(words, password, options)
        self.unexpected(result)
        said = result.stderr + result.stdout
        expect(result.exit_code == code, f"pulp {shlex.join(words)}: exit code {result.exit_code}, not {code}: {said.strip()[-600:]}")
        expect(text in said, f"pulp {shlex.join(words)}: it does not say {text!r}, but: {said.strip()[-600:]}")

    @staticmethod
    def unexpected(result):
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception

    @staticmethod
    def words(parts):
        words = []
        for part in parts:
            if isinstance(part, str):
                words += shlex.split(part)
            elif isinstance(part, pathlib.Path):
                words.append(str(part))
            elif isinstance(part, Text):
                words.append(part.text)
            else:
                words.append(json.dumps(part))
        return words


class Text:
    """One argument, whatever is in it."""

    def __init__(self, text):
        self.text = text


class Session:
    def __init__(self, server, check, upstream):
        self.server, self.check, self.upstream = server, check, upstream
        self.commands = Commands()
        self.pulp = CLI(server, self.commands)
        self.folder = pathlib.Path(HOME.name)
        self.mark = uuid.uuid4().hex[:8]
        self.files, self.remote, self.site = f"files-{self.mark}", f"upstream-{self.mark}", f"site-{self.mark}"
        self.ann, self.crew, self.reader = f"ann-{self.mark}", f"crew-{self.mark}", f"test.reader-{self.mark}"

    def run(self):
        for section in [
            self.process, self.settings, self.access, self.remotes, self.repositories, self.content, self.chunks, self.publications,
            self.distributions, self.guards, self.roles_on_things, self.tasks, self.policies, self.documents, self.lists,
            self.housekeeping, self.refusals, self.smoke, self.end,
        ]:
            with self.check(section.__name__):
                section()
        with self.check("the operations of the server"):
            self.commands.report(self.check, self.pulp("debug openapi operation-ids"))

    def write(self, name, data):
        path = self.folder / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def fetch(self, path):
        with urllib.request.urlopen(f"{self.server.content_url}/pulp/content/{path}") as answer:
            return answer.read()

    # One section after the other.

    def process(self):
        pulp = self.pulp
        with self.check("the status says which plugins there are"):
            status = pulp("status --retries 0")
            expect({"core", "file"} <= {version["component"] for version in status["versions"]}, f"{status['versions']}")
        with self.check("workers are shown by their names and hrefs"):
            worker = pulp("worker list --online")[0]
            expect(pulp("worker show --name", Text(worker["name"]))["pulp_href"] == worker["pulp_href"], "another worker")
            expect(pulp("worker show --href", worker["pulp_href"])["name"] == worker["name"], "another worker")
            self.worker = worker
        with self.check("plugins are looked for on the server and here"):
            expect(pulp("debug has-plugin --name file --specifier >=3.0") is True, "no file plugin")
            expect(pulp("debug has-cli-plugin --name common --specifier >=0.40") is True, "another pulp-cli")
            pulp.refused("false", "debug has-plugin --name rust")
        with self.check("answers come as YAML, or not at all"):
            expect("versions:" in pulp("status", output="yaml"), "no YAML")
            expect(pulp("status", output="none") == "", "something is printed")

    def settings(self):
        pulp = self.pulp
        with self.check("settings are written, checked and used"):
            place = self.folder / "cli.toml"
            settings = [
                "config create --base-url", self.server.base_url, "--username", self.server.username, "--password", self.server.password,
                "--api-root /pulp/ --domain default --header X-Test:1 --no-verify-ssl --format json --force --timeout 60 --verbose",
                "--plugin file --overwrite --location", place]
            pulp(*settings)
            expect("valid" in str(pulp("config validate --strict --location", place)), "not valid")
            result = click.testing.CliRunner().invoke(pulp_cli.main, ["--config", str(place), "file", "remote", "list"])
            expect(result.exit_code == 0, result.output)
        with self.check("settings are complete or not"):
            pulp.refused("Missing settings", "config validate --strict --location", self.write("short.toml", "[cli]\n"))

    def access(self):
        pulp = self.pulp
        with self.check("a user is made, changed and shown"):
            user = pulp(
                "user create --username", self.ann, "--password 'a long and odd password' --first-name Ann --last-name Example",
                "--email ann@example.org --no-staff --active")
            expect(user["username"] == self.ann and user["is_active"] and not user["is_staff"], f"{user}")
            pulp("user update --username", self.ann, "--first-name Anna --last-name Sample --email anna@example.org --staff --active")
            pulp("user update --href", user["pulp_href"], "--no-staff --password 'another long and odd password'")
            shown = pulp("user show --username", self.ann)
            expect((shown["first_name"], shown["is_staff"]) == ("Anna", False), f"{shown}")
            expect(pulp("user show --href", user["pulp_href"])["username"] == self.ann, "another user")
            self.user = user
        with self.check("a group is made and shown, and has users"):
            group = pulp("group create --name", self.crew)
            expect(pulp("group show --name", self.crew)["pulp_href"] == group["pulp_href"], "another group")
            expect(pulp("group show --href", group["pulp_href"])["name"] == self.crew, "another group")
            pulp("group user add --group", self.crew, "--username", self.ann)
            expect([user["username"] for user in pulp("group user list --group", self.crew)] == [self.ann], "another user")
            pulp("group user remove --group", self.crew, "--username", self.ann)
            expect(pulp("group user list --group", self.crew) == [], "the user is still there")
            self.group = group
        with self.check("a role is made, changed and shown"):
            role = pulp("role create --name", self.reader, "--description reads --permission file.view_filerepository")
            expect(role["permissions"] == ["file.view_filerepository"], f"{role}")
            pulp(
                "role update --name", self.reader, "--description 'reads much'",
                "--permission file.view_filerepository --permission file.view_fileremote")
            expect(len(pulp("role show --name", self.reader)["permissions"]) == 2, "not two permissions")
            pulp("role update --href", role["pulp_href"], "--no-permission")
            expect(pulp("role show --href", role["pulp_href"])["permissions"] == [], "there are permissions")
            pulp("role update --name", self.reader, "--permission file.view_filerepository")
            self.role = role
        with self.check("a role without permissions is made and deleted"):
            pulp(f"role create --name test.spare-{self.mark} --no-permission")
            pulp(f"role destroy --name test.spare-{self.mark}")
            spare = pulp(f"role create --name test.spare-{self.mark} --permission file.view_fileremote")
            pulp("role destroy --href", spare["pulp_href"])
        for noun, who in [("user", f"--username {self.ann}"), ("group", f"--group {self.crew}")]:
            with self.check(f"a {noun} is given a role of everything, and it is taken"):
                pulp(noun, "role-assignment add", who, "--role", self.reader, "--object ''")
                given = pulp(noun, "role-assignment list", who)
                expect([each["role"] for each in given] == [self.reader], f"{given}")
                pulp(noun, "role-assignment remove", who, "--role", self.reader, "--object ''")
                expect(pulp(noun, "role-assignment list", who) == [], "it is still given")
        with self.check("users and groups are deleted"):
            spare = pulp(f"user create --username spare-{self.mark}")
            pulp("user destroy --href", spare["pulp_href"])
            pulp(f"user create --username spare-{self.mark}")
            pulp(f"user destroy --username spare-{self.mark}")
            spare = pulp(f"group create --name spare-{self.mark}")
            pulp("group destroy --href", spare["pulp_href"])
            pulp(f"group create --name spare-{self.mark}")
            pulp(f"group destroy --name spare-{self.mark}")

    def labels(self, noun, key, *which):
        """Labels of one thing, which options name."""
        with self.check(f"a {noun} has labels"):
            self.pulp(noun, "label set --key", key, "--value 'a b'", *which)
            expect(str(self.pulp(noun, "label show --key", key, *which)) == "a b", "another value")
            self.pulp(noun, "label unset --key", key, *which)

    def remotes(self):
        pulp = self.pulp
        url = f"{self.upstream.url}/files/PULP_MANIFEST"
        with self.check("a remote is made with every option, and changed"):
            name = f"full-{self.mark}"
            options = (
                "--username u --password p --proxy-url http://127.0.0.1:9 --proxy-username u --proxy-password p --connect-timeout 5.5"
                " --download-concurrency 3 --rate-limit 100 --sock-connect-timeout 5.5 --sock-read-timeout 7 --total-timeout 60.25"
                " --max-retries 2 --header X-Test:1 --tls-validation false --policy on_demand")
            remote = pulp("file remote create --name", name, "--url", url, options, "--labels", {"environment": "test"})
            expect(remote["headers"] == [{"X-Test": "1"}] and remote["total_timeout"] == 60.25, f"{remote}")
            expect("password" not in remote, "the password is shown")
            pulp("file remote update --name", name, "--url", url, options.replace("60.25", "30"), "--labels", {"environment": "none"})
            shown = pulp("file remote show --name", name)
            expect(shown["total_timeout"] == 30 and shown["pulp_labels"] == {"environment": "none"}, f"{shown}")
            none = "--username '' --password '' --proxy-username '' --proxy-password '' --proxy-url ''"
            pulp("file remote update --remote", name, none)
            hidden = {field["name"]: field["is_set"] for field in pulp("file remote show --remote", name)["hidden_fields"]}
            expect(not any(hidden.values()), f"hidden fields: {hidden}")
            pulp("file remote update --href", remote["pulp_href"], "--rate-limit ''")
            expect(pulp("file remote show --href", remote["pulp_href"])["rate_limit"] is None, "the rate limit is still there")
            pulp("file remote destroy --href", remote["pulp_href"])
        with self.check("a remote has certificates"):
            key, certificate = self.certificate()
            name = f"certified-{self.mark}"
            files = ["--ca-cert", Text(f"@{certificate}"), "--client-cert", Text(f"@{certificate}"), "--client-key", Text(f"@{key}")]
            pulp("file remote create --name", name, "--url", url, *files)
            pulp("file remote update --name", name, *files)
            expect("BEGIN CERTIFICATE" in pulp("file remote show --name", name)["ca_cert"], "no certificate")
            pulp("file remote destroy --remote", name)
        with self.check("a remote is made with what it needs, and one more is deleted by its name"):
            pulp("file remote create --name", self.remote, "--url", url)
            pulp(f"file remote create --name spare-{self.mark} --url {url}")
            pulp(f"file remote destroy --name spare-{self.mark}")
        self.labels("file remote", "purpose", "--remote", self.remote)

    def certificate(self):
        """A certificate of its own, and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
        start = datetime.datetime(2026, 1, 1)
        certificate = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(start).not_valid_after(start + datetime.timedelta(days=36500))
            .sign(key, hashes.SHA256()))
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return self.write("key.pem", pem), self.write("certificate.pem", certificate.public_bytes(serialization.Encoding.PEM))

    def repositories(self):
        pulp = self.pulp
        with self.check("a repository is made with every option, changed and deleted"):
            name = f"full-{self.mark}"
            repository = pulp(
                "file repository create --name", name, "--description 'with everything' --remote", self.remote,
                "--manifest INDEX --no-autopublish --retain-repo-versions 3 --labels", {"environment": "test"})
            expect(repository["manifest"] == "INDEX" and repository["retain_repo_versions"] == 3, f"{repository}")
            pulp(
                "file repository update --name", name, "--description changed --remote '' --manifest MANIFEST --autopublish",
                "--retain-repo-versions '' --labels", {"environment": "none"})
            shown = pulp("file repository show --name", name)
            expect(shown["remote"] is None and shown["retain_repo_versions"] is None and shown["autopublish"], f"{shown}")
            pulp("file repository update --repository", name, "--description ''")
            expect(pulp("file repository show --repository", name)["description"] is None, "the description is still there")
            pulp("file repository update --href", repository["pulp_href"], "--description again")
            expect(pulp("file repository show --href", repository["pulp_href"])["description"] == "again", "it was not changed")
            pulp("file repository destroy --href", repository["pulp_href"])
        with self.check("a repository is deleted by its name"):
            for option in ["--name", "--repository"]:
                pulp(f"file repository create --name spare-{self.mark}")
                pulp("file repository destroy", option, f"spare-{self.mark}")
        with self.check("a repository is synchronized with its remote, with another, and mirrored"):
            repository = pulp("file repository create --name", self.files, "--remote", self.remote)
            self.repository = repository["pulp_href"]
            pulp("file repository sync --name", self.files)
            expect("Done." in pulp.stderr, f"it does not say that the task is done: {pulp.stderr}")
            self.version(1, len(FILES))
            three = f"three-{self.mark}"
            pulp("file remote create --name", three, "--url", f"{self.upstream.url}/three/PULP_MANIFEST")
            pulp("file repository sync --href", self.repository, "--no-mirror --remote", three)
            self.version(1, len(FILES))
            pulp("file repository sync --repository", self.files, "--mirror --remote", three)
            self.version(2, 3)
            pulp("file remote destroy --name", three)
        for option, value in [("--repository", self.files), ("--repository-href", self.repository)]:
            self.labels("file repository", "purpose", option, value)
        with self.check("versions are listed, shown, repaired and deleted"):
            numbers = [version["number"] for version in pulp("file repository version list --repository", self.files)]
            expect(numbers == [2, 1, 0], f"{numbers}")
            pulp("file repository version repair --repository", self.files, "--version 1")
            pulp("file repository content modify --repository", self.files, "--base-version 1")
            self.version(3, len(FILES))
            pulp("file repository version destroy --repository-href", self.repository, "--version 2")
            pulp("file repository version destroy --repository", self.files, "--version 0")
            numbers = [version["number"] for version in pulp("file repository version list --repository-href", self.repository)]
            expect(numbers == [3, 1], f"{numbers}")

    def version(self, number, count):
        """Whether the latest version is of a number, and has so many files."""
        version = self.pulp("file repository version show --repository", self.files)
        expect(version["number"] == number, f"the latest version is {version['number']}, not {number}")
        present = version["content_summary"]["present"].get("file.file", {"count": 0})["count"]
        expect(present == count, f"version {number} has {present} files, not {count}")
        shown = self.pulp("file repository version show --repository-href", self.repository, "--version", str(number))
        expect(shown["pulp_href"] == version["pulp_href"], "another version")
        self.latest = version["pulp_href"]

    def content(self):
        pulp = self.pulp
        path, data = next(iter(FILES.items()))
        with self.check("content of a repository is listed"):
            units = pulp("file repository content list --repository", self.files, "--limit 10 --offset 0 --version 1")
            expect({unit["relative_path"] for unit in units} == set(FILES), f"{units}")
            pulp("file repository content --type file list --all-types --repository", self.files)
            self.unit = next(unit["pulp_href"] for unit in units if unit["relative_path"] == path)
        with self.check("a file is shown by what it is"):
            for options in [["--href", self.unit], ["--sha256", digest(data), "--relative-path", path]]:
                expect(pulp("file content show", *options)["sha256"] == digest(data), "another file")
            pulp.refused("Could not find", "file content show --relative-path nothing --sha256", "0" * 64)
        self.labels("file content", "purpose", "--href", self.unit)
        self.labels("file content", "purpose", "--relative-path", path, "--sha256", digest(data))
        with self.check("content is removed from a repository and added to it"):
            which = ["--repository", self.files, "--sha256", digest(data), "--relative-path", path]
            pulp("file repository content remove", *which)
            self.version(4, len(FILES) - 1)
            pulp("file repository content add", *which)
            self.version(5, len(FILES))
            two = [{"sha256": digest(data), "relative_path": path} for path, data in list(FILES.items())[:2]]
            pulp("file repository content modify --repository", self.files, "--remove-content", two)
            self.version(6, len(FILES) - 2)
            pulp(
                "file repository content modify --repository", self.files, "--add-content",
                Text(f"@{self.write('two.json', json.dumps(two))}"))
            self.version(7, len(FILES))
            pulp("file repository content remove --all --repository", self.files)
            self.version(8, 0)
        with self.check("content is added to another version"):
            other = f"other-{self.mark}"
            pulp("file repository create --name", other)
            pulp("file repository content add", "--repository", other, "--base-repository", self.files, "--base-version 1", *which[2:])
            pulp("file repository content remove", "--repository", other, "--base-repository", self.files, "--base-version 1", *which[2:])
            pulp("file repository content modify --repository", other, "--base-repository", self.files, "--base-version 7")
            count = pulp("file repository version show --repository", other)["content_summary"]["present"]["file.file"]["count"]
            expect(count == len(FILES), f"{count} files")
            pulp("file repository destroy --name", other)
        with self.check("a file is uploaded into a repository"):
            text = f"uploaded {self.mark}"
            unit = pulp(
                "file content upload --relative-path up/loaded.txt --file", self.write("loaded.txt", text), "--repository", self.files)
            expect(unit["sha256"] == digest(text.encode()), f"{unit}")
            self.version(9, 1)
        with self.check("a file is made of what a URL has, and of an artifact"):
            unit = pulp(
                "file content create --relative-path by-url.bin --repository", self.files,
                "--file-url", f"{self.upstream.url}/files/{path}")
            expect(unit["sha256"] == digest(data), f"{unit}")
            unit = pulp("file content create --relative-path by-digest.bin --sha256", digest(data))
            expect(unit["sha256"] == digest(data), f"{unit}")
            self.version(10, 2)

    def chunks(self):
        pulp = self.pulp
        data = f"in small parts {self.mark} ".encode() * 9
        with self.check("a file is uploaded in chunks"):
            unit = pulp(
                "file content upload --relative-path parts.bin --chunk-size 50B --file", self.write("parts.bin", data),
                "--repository", self.files)
            expect(unit["sha256"] == digest(data), f"{unit}")
        with self.check("an artifact is uploaded, at once and in chunks, and shown by its digests"):
            artifact = pulp("artifact upload --file", self.write("artifact", data + b"1"))
            expect(artifact["size"] == len(data) + 1, f"{artifact}")
            chunked = pulp("artifact upload --chunk-size 50B --file", self.write("artifact", data + b"2"))
            expect(chunked["sha256"] == digest(data + b"2"), f"{chunked}")
            pulp("artifact upload --file", self.folder / "artifact")
            expect("already exists" in pulp.stderr, pulp.stderr)
            for digest_name in ["sha224", "sha256", "sha384", "sha512"]:
                shown = pulp("artifact show", f"--{digest_name}", artifact[digest_name])
                expect(shown["pulp_href"] == artifact["pulp_href"], f"another artifact by {digest_name}")
                listed = pulp("artifact list", f"--{digest_name}", artifact[digest_name])
                expect([each["pulp_href"] for each in listed] == [artifact["pulp_href"]], f"other artifacts by {digest_name}")
            expect(pulp("artifact show --href", artifact["pulp_href"])["sha256"] == artifact["sha256"], "another artifact")
            self.artifact = artifact
        with self.check("an unfinished upload is shown and deleted"):
            for option in ["--href", "--upload"]:
                upload = pulp("debug openapi call --id uploads_create --body", {"size": 10})
                # With hrefs the other option fails in pulp-cli 0.40.6 itself.
                name = upload["pulp_href" if option == "--href" else "prn"]
                expect(pulp("upload show", option, name)["size"] == 10, "another size")
                pulp("upload destroy", option, name)
            pulp("debug openapi call --id uploads_create --body", {"size": 11})
            expect(any(upload["size"] == 11 for upload in pulp("upload list")), "it is not listed")

    def publications(self):
        pulp = self.pulp
        with self.check("a version is published, and one more"):
            publication = pulp("file publication create --repository", self.files, "--version 1 --manifest INDEX")
            expect(publication["manifest"] == "INDEX" and publication["repository_version"].endswith("/versions/1/"), f"{publication}")
            self.publication = publication["pulp_href"]
            expect(pulp("file publication show --href", self.publication)["pulp_href"] == self.publication, "another publication")
            latest = pulp("file publication create --repository", self.files)
            pulp("file publication destroy --href", latest["pulp_href"])
        with self.check("checkpoints are published and distributed"):
            checkpoint = pulp("file publication create --checkpoint --repository", self.files)
            expect(checkpoint["checkpoint"] is True, f"{checkpoint}")
            name = f"checkpoints-{self.mark}"
            pulp("file distribution create --checkpoint --name", name, "--base-path", name, "--repository", self.files)
            pulp("file distribution update --not-checkpoint --name", name)
            pulp("file distribution update --checkpoint --name", name)
            expect(pulp("file distribution show --name", name)["checkpoint"] is True, "it has no checkpoints")
            pulp("file distribution destroy --distribution", name)

    def distributions(self):
        pulp = self.pulp
        with self.check("a publication is distributed, and its files are served"):
            pulp(f"content-guard header create --name first-{self.mark} --header-name X-Pass --header-value open")
            distribution = pulp(
                "file distribution create --name", self.site, "--base-path", self.site, "--publication", self.publication,
                "--labels", {"environment": "test"})
            expect(distribution["base_url"] == f"{self.server.content_url}/pulp/content/{self.site}/", distribution["base_url"])
            path, data = next(iter(FILES.items()))
            expect(self.fetch(f"{self.site}/{path}") == data, "other bytes")
            expect(path in self.fetch(f"{self.site}/INDEX").decode(), "the manifest lacks a file")
        with self.check("a distribution is changed"):
            pulp(
                "file distribution update --name", self.site, "--publication '' --repository", self.files, "--base-path",
                f"{self.site}/deep --content-guard core:header:first-{self.mark} --labels", {"environment": "none"})
            shown = pulp("file distribution show --distribution", self.site)
            expect(shown["publication"] is None and shown["content_guard"] and shown["base_path"] == f"{self.site}/deep", f"{shown}")
            pulp("file distribution update --distribution", self.site, "--content-guard ''")
            pulp("file distribution update --href", distribution["pulp_href"], "--repository ''")
            shown = pulp("file distribution show --href", distribution["pulp_href"])
            expect(shown["repository"] is None and shown["content_guard"] is None, f"{shown}")
            pulp("file distribution update --name", self.site, "--repository", self.files)
        with self.check("a distribution is made with a guard, and deleted"):
            spare = pulp(
                f"file distribution create --name spare-{self.mark} --base-path spare-{self.mark} --repository", self.files,
                f"--content-guard core:header:first-{self.mark}")
            pulp("file distribution destroy --href", spare["pulp_href"])
            pulp(f"file distribution create --name spare-{self.mark} --base-path spare-{self.mark}")
            pulp(f"file distribution destroy --name spare-{self.mark}")
        self.labels("file distribution", "purpose", "--distribution", self.site)

    def guards(self):
        pulp = self.pulp
        for kind, create, change in [
            (
                "header", "--header-name X-Pass --header-value open --jq-filter .a",
                "--header-name X-Other --header-value shut --jq-filter .b",
            ),
            ("rbac", "", ""),
            ("redirect", "", ""),
            ("composite", f"--guard core:header:first-{self.mark}", f"--guard core:header:first-{self.mark}"),
        ]:
            with self.check(f"a guard of the kind {kind} is made, changed, shown and deleted"):
                name = f"{kind}-{self.mark}"
                guard = pulp("content-guard", kind, "create --name", name, "--description 'a guard'", create)
                pulp("content-guard", kind, "update --name", name, "--description changed", change)
                expect(pulp("content-guard", kind, "show --name", name)["description"] == "changed", "it was not changed")
                pulp("content-guard", kind, "update --href", guard["pulp_href"], "--description again")
                expect(pulp("content-guard", kind, "show --href", guard["pulp_href"])["description"] == "again", "it was not changed")
                spare = pulp("content-guard", kind, f"create --name spare-{self.mark}", create)
                pulp("content-guard", kind, "destroy --href", spare["pulp_href"])
                pulp("content-guard", kind, f"create --name spare-{self.mark}", create)
                pulp("content-guard", kind, f"destroy --name spare-{self.mark}")
        with self.check("users and groups are let through a guard, and not any more"):
            name = f"rbac-{self.mark}"
            href = pulp("content-guard rbac show --name", name)["pulp_href"]
            for which in [["--name", name], ["--href", href]]:
                pulp("content-guard rbac assign", *which, "--user", self.ann, "--group", self.crew)
                shown = pulp("content-guard rbac show --name", name)
                expect([user["username"] for user in shown["users"]] == [self.ann], f"{shown['users']}")
                expect([group["name"] for group in shown["groups"]] == [self.crew], f"{shown['groups']}")
                pulp("content-guard rbac remove", *which, "--user", self.ann, "--group", self.crew)
                expect(pulp("content-guard rbac show --name", name)["users"] == [], "the user is still let through")

    def roles_on_things(self):
        task = self.pulp("task list --limit 1")[0]
        uuid_of_task = task["pulp_href"].split("/")[-2]
        by_name = {
            "file repository": (self.files, ["--name", "--repository"], "file.filerepository_owner"),
            "file remote": (self.remote, ["--name", "--remote"], "file.fileremote_owner"),
            "file distribution": (self.site, ["--name", "--distribution"], "file.filedistribution_owner"),
            "content-guard rbac": (f"rbac-{self.mark}", ["--name"], "core.rbaccontentguard_owner"),
            "group": (self.crew, ["--name"], "core.group_owner"),
        }
        things = []
        for noun, (name, options, role) in by_name.items():
            with self.check(f"the {noun} {name} is there"):
                href = self.pulp(noun, "show --name", name)["pulp_href"]
                things += [(noun, [option, name], role) for option in options] + [(noun, ["--href", href], role)]
        things.append(("file publication", ["--href", self.publication], "file.filepublication_owner"))
        things += [("task", ["--href", task["pulp_href"]], "core.task_owner"), ("task", ["--uuid", uuid_of_task], "core.task_owner")]
        for noun, which, role in things:
            with self.check(f"roles on a {noun} ({which[0]}) are listed, given and taken"):
                who = ["--role", role, "--user", self.ann, "--group", self.crew]
                permissions = self.pulp(noun, "role my-permissions", *which)["permissions"]
                expect(permissions, "the administrator may nothing")
                self.pulp(noun, "role add", *which, *who)
                roles = self.pulp(noun, "role list", *which)["roles"]
                expect(any(self.ann in each["users"] and self.crew in each["groups"] for each in roles), f"{roles}")
                self.pulp(noun, "role remove", *which, *who)
                roles = self.pulp(noun, "role list", *which)["roles"]
                expect(not any(self.ann in each["users"] for each in roles), f"{roles}")

    def tasks(self):
        pulp = self.pulp
        cid = uuid.uuid4().hex
        with self.check("a task bears the correlation id of the command"):
            pulp("file repository update --name", self.files, "--description by-cid", options=["--cid", cid])
            pulp("file publication create --repository", self.files, options=["--cid", cid])
            found = pulp("task list --cid", cid)
            expect(found and all(task["logging_cid"] == cid for task in found), f"{found}")
            self.task = found[0]
        with self.check("a task is shown"):
            href = self.task["pulp_href"]
            expect(pulp("task show --href", href)["state"] == "completed", "it is not completed")
            expect(pulp("task show --wait --uuid", href.split("/")[-2])["pulp_href"] == href, "another task")
            expect(pulp("task profile-artifact-urls --href", href) == {}, "it has profiles")
            expect(pulp("task profile-artifact-urls --uuid", href.split("/")[-2]) == {}, "it has profiles")
        with self.check("tasks are counted by state"):
            expect(pulp("task summary")["completed"] > 0, "none is completed")
        with self.check("the tasks of a repository are listed"):
            for option, value in [("--repository", self.files), ("--repository-href", self.repository)]:
                names = {task["name"] for task in pulp("file repository task list", option, value)}
                expect("pulp_file.app.tasks.synchronizing.synchronize" in names, f"{names}")
        never = f"never-{self.mark}"
        pulp("file remote create --name", never, "--max-retries 0 --url", f"{self.upstream.url}/never/PULP_MANIFEST")

        def start(waits):
            """The task of a sync that does not end; the first one runs, others wait for it."""
            words = ["file repository sync --repository", self.files, "--remote", never]
            result = pulp._invoke(pulp.words(words), options=["--background"])
            found = re.search(r"Started background task (\S+)", result.stderr)
            expect(found, f"no task was started: {result.output}")
            if not waits:
                self.upstream.request_waits()
            return found.group(1)

        for how in ["--href", "--uuid", "--waiting and --running", "--all"]:
            with self.check(f"tasks are canceled ({how})"):
                running, waiting = start(waits=False), start(waits=True)
                expect(pulp("task show --href", running)["state"] == "running", "the first does not run")
                expect(pulp("task show --href", waiting)["state"] == "waiting", "the second does not wait")
                if how in ("--href", "--uuid"):
                    for task in [waiting, running]:
                        pulp("task cancel", how, task if how == "--href" else task.split("/")[-2])
                elif how == "--all":
                    pulp("task cancel --all")
                else:
                    pulp("task cancel --waiting")
                    expect(pulp("task show --href", running)["state"] == "running", "what ran was canceled too")
                    pulp("task cancel --running")
                for task in [waiting, running]:
                    expect(pulp("task show --href", task)["state"] == "canceled", "it is not canceled")
                pulp.refused("cannot be canceled", "task cancel --href", running)
        with self.check("ended tasks are deleted and purged"):
            pulp("task destroy --href", running)
            pulp("task destroy --uuid", waiting.split("/")[-2])
            pulp.refused("", "task show --href", running)
            pulp("task purge --state canceled --state failed --finished-before 2020-01-01")
            pulp("task purge --state canceled")
        with self.check("task groups are listed"):
            expect(isinstance(pulp("task-group list"), list), "no list")
            pulp.refused("", "task-group show --uuid", str(uuid.uuid4()))

    def policies(self):
        pulp = self.pulp
        with self.check("an access policy is shown, changed and reset"):
            policy = pulp("access-policy show --viewset-name repositories/file/file")
            for which in [["--href", policy["pulp_href"]], ["--viewset-name", "repositories/file/file"]]:
                pulp("access-policy update", *which, "--statements", policy["statements"], "--creation-hooks", policy["creation_hooks"])
                expect(pulp("access-policy show", *which)["customized"] is True, "it is not customized")
                pulp("access-policy reset", *which)
                expect(pulp("access-policy show", *which)["customized"] is False, "it is still customized")

    def documents(self):
        pulp = self.pulp
        with self.check("the document of the API is shown, in parts"):
            expect(pulp("debug openapi spec")["openapi"].startswith("3."), "another version")
            expect("core" in pulp("debug openapi info")["x-pulp-app-versions"], "no versions")
            expect("basicAuth" in pulp("debug openapi security-schemes"), "no basic authentication")
            expect(pulp("debug openapi operation --id tasks_list")["method"] == "get", "another method")
            names = pulp("debug openapi schema-names")
            expect("TaskResponse" in names, f"{names}")
            expect(pulp("debug openapi schema --name TaskResponse")["type"] == "object", "no object")
        with self.check("operations are called by their ids"):
            found = pulp("debug openapi call --id tasks_list --parameter state=completed --parameter q=state=completed")
            expect(found["count"] > 0, "no tasks")
            upload = pulp("debug openapi call --id uploads_create --body", {"size": 4})
            part = self.write("file", b"four")
            with working_directory(self.folder):
                pulp(
                    "debug openapi call --id uploads_update --upload file --parameter 'Content-Range=bytes 0-3/4' --parameter",
                    f"upload_href={upload['pulp_href']}")
            pulp("debug openapi call --id uploads_delete --parameter", f"upload_href={upload['pulp_href']}")
            part.unlink()
        with self.check("anything is shown by its href or PRN"):
            expect(pulp("show --href", self.repository)["name"] == self.files, "another repository")
            prn = pulp("file repository show --name", self.files)["prn"]
            expect(pulp("show --prn", prn)["name"] == self.files, "another repository")

    def lists(self):
        """Every list, with every filter that it has, one at a time."""
        pulp = self.pulp
        version = pulp("file repository version show --repository", self.files, "--version 1")["pulp_href"]
        task = self.task["pulp_href"]
        values = {
            "--limit": "2", "--offset": "1", "--ordering": "pk", "--field": "pulp_href", "--exclude-field": "pulp_href",
            "--name": self.files, "--name-contains": "e", "--name-icontains": "E", "--name-in": self.files, "--name-startswith": "f",
            "--label-select": "environment=test", "--base-path": self.site, "--base-path-contains": "e", "--cid": self.task["logging_cid"],
            "--state": "completed", "--state-in": "failed", "--parent-task": task, "--task-group": str(uuid.uuid4()),
            "--worker": self.worker["pulp_href"], "--created-resource": version, "--content": f'["{self.unit}"]',
            "--repository-version": version, "--repository-version-added": version, "--repository-version-removed": version,
            "--repository": f"file:file:{self.files}", "--relative-path": "none", "--sha256": digest(b""), "--role": self.reader,
            "--role-in": self.reader, "--role-contains": "e", "--role-icontains": "E", "--role-startswith": "t", "--object": "",
        }
        for name in ["reserved", "exclusive", "shared"]:
            values[f"--{name}-resource"] = values[f"--{name}-resource-in"] = self.repository
        for name in ["created", "started", "finished", "updated"]:
            values[f"--{name}-after"], values[f"--{name}-before"] = "2020-01-01", "2020-01-01T00:00:00"
        for digest_name, length in [("sha224", 56), ("sha384", 96), ("sha512", 128)]:
            values[f"--{digest_name}"] = "0" * length
        needed = {
            "file repository version list": ["--repository", self.files], "file repository task list": ["--repository", self.files],
            "group user list": ["--group", self.crew], "group role-assignment list": ["--group", self.crew],
            "user role-assignment list": ["--username", self.ann],
        }
        for path, command in self.commands.leaves.items():
            name = " ".join(path)
            # Those two are of one thing, and are run with it.
            is_of_one = name == "file repository content list" or len(path) > 2 and path[-2] == "role"
            if path[-1] != "list" or self.commands.reason(name) or is_of_one:
                continue
            before = needed.get(name, [])
            with self.check(f"{name}"):
                every = pulp(name, *before)
                expect(isinstance(every, list), f"no list: {every}")
            for option in command.params:
                word = option.opts[0]
                if not isinstance(option, click.Option) or word in ["--help", *before[:1]] or f"* {word}" in NOT_GIVEN:
                    continue
                if any(re.fullmatch(re.escape(each).replace(r"\*", ".*"), f"{name} {word}") for each in NOT_GIVEN):
                    continue
                with self.check(f"{name} {word}"):
                    if word == "--repository-href":
                        found = pulp(name, word, self.repository)
                    elif option.is_flag or not option.nargs:
                        found = [pulp(name, *before, each) for each in [*option.opts, *option.secondary_opts]][0]
                    else:
                        value = values["--content"] if word == "--content" else values[word]
                        found = pulp(name, *before, word, Text(value))
                    expect(isinstance(found, list), f"no list: {found}")
                    if word == "--limit":
                        expect(len(found) == min(2, len(every)), f"{len(found)} of {len(every)} with a limit of 2")
                    if word == "--offset":
                        expect(len(found) == max(0, len(every) - 1) or len(every) >= 25, f"{len(found)} of {len(every)} from the second")
                    if word == "--field":
                        expect(all(list(each) == ["pulp_href"] for each in found), f"more than one field: {found[:1]}")
                    if word == "--exclude-field":
                        expect(all("pulp_href" not in each for each in found), f"pulp_href is there: {found[:1]}")
        with self.check("filters find what they are for, and nothing else"):
            for noun, option, value in [
                ("file repository", "--name-startswith", self.files), ("repository", "--name", self.files),
                ("file remote", "--name", self.remote), ("remote", "--name-in", self.remote), ("file distribution", "--name", self.site),
                ("distribution", "--base-path", f"{self.site}/deep"), ("role", "--name", self.reader),
                ("worker", "--name", self.worker["name"]),
            ]:
                found = pulp(noun, "list", option, Text(value))
                expect(len(found) == 1, f"{noun} list {option} {value}: {len(found)} found")
            found = pulp("file content list --limit 99 --ordering relative_path --field relative_path --repository-version", version)
            expect(found == [{"relative_path": path} for path in sorted(FILES)], f"not the files of version 1 in their order: {found}")

    def housekeeping(self):
        pulp = self.pulp
        with self.check("orphans are cleaned up, all and some"):
            pulp("orphan cleanup --protection-time 100000")
            pulp("orphan cleanup --content-hrefs", [self.unit])
        with self.check("space is reclaimed, of some repositories and of all"):
            pulp("repository reclaim --repository", f"file:file:{self.files}", "--keep-version", f"file:file:{self.files}", "1")
            pulp("repository reclaim --all")

    def refusals(self):
        pulp = self.pulp
        with self.check("a wrong password is refused"):
            pulp.refused("Authentication failed", "file remote list", password="wrong")
        with self.check("unknown names are said to be unknown"):
            for noun in ["file repository", "file remote", "file distribution", "content-guard header", "group", "role"]:
                pulp.refused("Could not find", noun, "show --name nobody")
            pulp.refused("Could not find", "user show --username nobody")
            pulp.refused("Could not find", "file repository sync --repository", self.files, "--remote nobody")
            pulp.refused("Could not find", "file repository destroy --name nobody")
        with self.check("unknown hrefs are said to be unknown"):
            href = f"/pulp/api/v3/repositories/file/file/{uuid.uuid4()}/"
            pulp.refused("", "file repository show --href", href)
            pulp.refused("", "show --href", href)
        with self.check("missing options are named"):
            for line, option in [
                ("file repository create", "--name"), ("file remote create --name x", "--url"),
                ("file distribution create --name x", "--base-path"),
                ("artifact upload", "--file"), ("user create", "--username"), ("file content upload --relative-path x", "--file"),
            ]:
                pulp.refused(f"Missing option '{option}'", line, code=2)
        with self.check("a name that is taken is refused"):
            pulp.refused("must be unique", "file repository create --name", self.files)
            pulp.refused("must be unique", "file remote create --name", self.remote, "--url http://127.0.0.1/")
            pulp.refused("name", "group create --name", self.crew)
            pulp.refused("username", "user create --username", self.ann)
            pulp.refused("name", "role create --name", self.reader, "--permission file.view_fileremote")
        with self.check("values that make no sense are refused by their fields"):
            pulp.refused("policy", "file remote create --name x --url http://127.0.0.1/ --policy sometimes", code=2)
            pulp.refused("retain_repo_versions", "file repository create --name x --retain-repo-versions 0")
            pulp.refused("url", "file remote create --name x --url nothing")
            pulp.refused("base_path", "file distribution create --name x --base-path /x/")
            pulp.refused("Overlaps", "file distribution create --name x --base-path", f"{self.site}/deep/er")
        with self.check("a repository without a remote is not synchronized"):
            pulp(f"file repository create --name alone-{self.mark}")
            pulp.refused("does not have a default remote", f"file repository sync --repository alone-{self.mark}")
            pulp(f"file repository destroy --name alone-{self.mark}")
        with self.check("a sync that fails says why"):
            name = f"broken-{self.mark}"
            pulp("file remote create --max-retries 0 --name", name, "--url", f"{self.upstream.url}/nothing/PULP_MANIFEST")
            pulp.refused("404", "file repository sync --repository", self.files, "--remote", name)
            pulp("file remote destroy --name", name)
        with self.check("a dry run changes nothing"):
            pulp.refused("", f"file repository create --name dry-{self.mark}", options=["--dry-run"])
            pulp.refused("Could not find", f"file repository show --name dry-{self.mark}")

    def smoke(self):
        """The session that the project has always compared itself by."""
        pulp, name = self.pulp, f"smoke-{self.mark}"
        with self.check("a repository is mirrored, published, distributed, added to, relabelled and deleted"):
            pulp("file repository create --name", name)
            pulp("file remote create --name", name, "--url", f"{self.upstream.url}/files/PULP_MANIFEST --policy immediate")
            pulp("file repository sync --repository", name, "--remote", name)
            pulp("file publication create --repository", name)
            pulp("file distribution create --name", name, "--base-path", f"{name}/f --repository", name)
            pulp("file content upload --relative-path up/hello.txt --file", self.write("hello.txt", f"hello {name}"), "--repository", name)
            pulp("file publication create --repository", name)
            expect(next(iter(FILES)) in self.fetch(f"{name}/f/PULP_MANIFEST").decode(), "a file is not in the manifest")
            expect(self.fetch(f"{name}/f/up/hello.txt") == f"hello {name}".encode(), "other bytes")
            pulp("file repository label set --key env --value dev --repository", name)
            pulp("file repository update --description hi --retain-repo-versions 5 --repository", name)
            pulp("file repository version destroy --version 1 --repository", name)
            pulp("orphan cleanup")
            for noun in ["distribution", "repository", "remote"]:
                pulp("file", noun, "destroy --name", name)

    def end(self):
        pulp = self.pulp
        with self.check("everything is deleted"):
            pulp("file distribution destroy --name", self.site)
            pulp("file publication destroy --href", self.publication)
            pulp("file repository destroy --name", self.files)
            pulp("file remote destroy --name", self.remote)
            pulp(f"file remote destroy --name never-{self.mark}")
            for kind in ["composite", "header", "rbac", "redirect"]:
                pulp("content-guard", kind, f"destroy --name {kind}-{self.mark}")
            pulp(f"content-guard header destroy --name first-{self.mark}")
            pulp("role destroy --name", self.reader)
            pulp("group destroy --name", self.crew)
            pulp("user destroy --username", self.ann)


class working_directory:
    """The current folder is another one meanwhile."""

    def __init__(self, folder):
        self.folder = folder

    def __enter__(self):
        self.before = os.getcwd()
        os.chdir(self.folder)

    def __exit__(self, *_):
        os.chdir(self.before)


def main():
    server, _ = arguments(__doc__)
    check = Checks("pulp-cli")
    with Upstream() as upstream:
        Session(server, check, upstream).run()
    HOME.cleanup()
    check.finish()


main()
