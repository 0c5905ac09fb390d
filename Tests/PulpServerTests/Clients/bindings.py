"""Drives a server with the bindings that Pulp publishes, pulpcore-client and pulp-file-client, whose models are strict.

First a repository of files lives its whole life, with users, guards, uploads and tasks around it, so that every method of every class of
the two packages is called. Then each list is asked with every parameter that its method has. A method that is not called is in
`NOT_CALLED`, with the reason.
"""

import datetime
import importlib
import inspect
import pkgutil
import re
import time
import typing
import urllib.request
import uuid

from checks import Checks, Wrong, arguments, expect
from upstream import FILES, Upstream, digest

# Classes, or single methods of them: what is not called, and why.
LATER = "this server does not have it yet"
NOT_CALLED = {
    "AcsFileApi": LATER,
    "ContentOpenpgpPublickeyApi": LATER,
    "ContentOpenpgpPublicsubkeyApi": LATER,
    "ContentOpenpgpSignatureApi": LATER,
    "ContentOpenpgpUserattributeApi": LATER,
    "ContentOpenpgpUseridApi": LATER,
    "ContentguardsEnvvarHeaderApi": LATER,
    "Datarepair7272Api": "it mends what a fault of Pulp's own left in its database",
    "DistributionsArtifactsApi": LATER,
    "DistributionsOpenpgpApi": LATER,
    "DomainsApi": LATER,
    "ExportersFilesystemApi": LATER,
    "ExportersFilesystemExportsApi": LATER,
    "ExportersPulpApi": LATER,
    "ExportersPulpExportsApi": LATER,
    "ImportersPulpApi": LATER,
    "ImportersPulpImportCheckApi": LATER,
    "ImportersPulpImportsApi": LATER,
    "RemotesGitApi": LATER,
    "RepositoriesOpenpgpKeyringApi": LATER,
    "UpstreamPulpsApi": LATER,
    "VulnReportApi": LATER,
    "SigningServicesApi": LATER,
    "TaskGroupsApi.read": "nothing that the API can start here makes one",
    "TaskGroupsApi.task_groups_cancel": "nothing that the API can start here makes one",
    "TaskSchedulesApi.read": "the API makes none",
    "TaskSchedulesApi.add_role": "the API makes none",
    "TaskSchedulesApi.list_roles": "the API makes none",
    "TaskSchedulesApi.my_permissions": "the API makes none",
    "TaskSchedulesApi.remove_role": "the API makes none",
    "UploadsApi.add_role": "the bindings ask for the size of an upload in place of a role",
    "UploadsApi.remove_role": "the bindings ask for the size of an upload in place of a role",
    "RepositoriesFileVersionsApi.scan": "it asks a database of vulnerabilities outside of this machine",
}

PACKAGES = ["pulpcore", "pulp_file"]


class Bindings:
    """All classes of the packages, each made once; remembers which methods were called."""

    def __init__(self, server):
        self.classes = {}
        self.called = set()
        self.exceptions = []
        for package in PACKAGES:
            client = importlib.import_module(f"pulpcore.client.{package}")
            configuration = client.Configuration(host=server.base_url, username=server.username, password=server.password)
            # As every program that uses the bindings sets it: hrefs go into paths as they are.
            configuration.safe_chars_for_path_param = "/"
            connection = client.ApiClient(configuration)
            self.exceptions.append(client.ApiException)
            folder = importlib.import_module(f"pulpcore.client.{package}.api")
            for module in pkgutil.iter_modules(folder.__path__):
                contents = importlib.import_module(f"{folder.__name__}.{module.name}")
                for name, kind in inspect.getmembers(contents, inspect.isclass):
                    if name.endswith("Api"):
                        self.classes[name] = kind(connection)

    def __getattr__(self, name):
        return Caller(self, name)

    def methods(self):
        for name, api in self.classes.items():
            for method, _ in inspect.getmembers(api, inspect.ismethod):
                if not method.startswith("_") and not re.search("_with_http_info$|_without_preload_content$", method):
                    yield f"{name}.{method}"


class Caller:
    """One class; its methods are called by their names."""

    def __init__(self, bindings, name):
        self.bindings, self.name = bindings, name

    def __getattr__(self, method):
        function = getattr(self.bindings.classes[self.name], method)

        def call(*values, **named):
            answer = function(*values, **named)
            self.bindings.called.add(f"{self.name}.{method}")
            return answer

        return call


def main():
    server, _ = arguments(__doc__)
    check = Checks("bindings")
    with Upstream() as upstream:
        life = Life(server, check, upstream)
        life.run()
        Lists(life).run()
        life.end()
    for name in sorted(set(life.bindings.methods()) - life.bindings.called):
        if name not in NOT_CALLED and name.partition(".")[0] not in NOT_CALLED:
            check.fail(name, "was not called without an error; call it, or say in NOT_CALLED why it is not")
    for name in sorted(NOT_CALLED):
        if any(called == name or called.startswith(name + ".") for called in life.bindings.called):
            check.fail(name, "is called: take it out of NOT_CALLED")
        elif NOT_CALLED[name] == LATER and life.is_served(name):
            check.fail(name, "is served by now: take it out of NOT_CALLED")
    check.finish()


class Life:
    def __init__(self, server, check, upstream):
        self.server, self.check, self.upstream = server, check, upstream
        self.bindings = Bindings(server)
        # Whatever happens twice against one server has other names.
        self.mark = uuid.uuid4().hex[:8]
        # What lists are asked about: by the name of a parameter.
        self.known = {}

    def run(self):
        for section in [
            self.process, self.remotes, self.repositories, self.content, self.uploads, self.publications, self.distributions, self.guards,
            self.access, self.tasks, self.housekeeping,
        ]:
            with self.check(section.__name__):
                section()

    def is_served(self, name):
        """Whether things of a class can be listed; those that belong to others are served when the others are."""
        try:
            self.bindings.classes[name].list()
        except tuple(self.bindings.exceptions) as error:
            expect(error.status == 404, f"{name}.list(): {error.status}")
            return False
        except (AttributeError, ValueError):
            return False
        return True

    # Small things.

    def name(self, text):
        return f"{text}-{self.mark}"

    def done(self, response):
        """The task of an answer, when it is completed."""
        href = response if isinstance(response, str) else response.task
        expect(href, f"there is no task in {response}")
        deadline = time.monotonic() + 60
        while True:
            task = self.bindings.TasksApi.read(href)
            if task.state not in ("waiting", "running", "canceling"):
                break
            expect(time.monotonic() < deadline, f"{task.name} is still {task.state}")
            time.sleep(0.01)
        expect(task.state == "completed", f"{task.name} ended as {task.state}: {task.error}")
        return task

    def created(self, response, word):
        """The href of what a task made, of the kind whose hrefs have a word."""
        made = [href for href in self.done(response).created_resources if word in href]
        expect(len(made) == 1, f"not one of the kind {word} was made, but {made}")
        return made[0]

    def refused(self, status, word, call):
        """Whether a call is refused with a status, and a word in its body."""
        try:
            call()
        except tuple(self.bindings.exceptions) as error:
            expect(error.status == status, f"the status is {error.status}, not {status}: {error.body}")
            expect(word in str(error.body), f"there is no {word!r} in {error.body}")
        else:
            raise Wrong(f"nothing was refused; {status} was expected")

    def changed(self, response):
        """An answer of a change: the thing itself, or a task that changes it."""
        if hasattr(response, "task"):
            self.done(response)

    # What there is, one kind after the other.

    def process(self):
        api = self.bindings
        with self.check("the process lives"):
            api.LivezApi.livez_read()
        with self.check("the status names core and file, and says that the database is there"):
            status = api.StatusApi.status_read()
            expect({"core", "file"} <= {version.component for version in status.versions}, f"{status.versions}")
            expect(status.database_connection.connected, "no database")
            expect(status.online_workers, "no worker is online")
        with self.check("workers can be read"):
            worker = api.WorkersApi.list().results[0]
            expect(api.WorkersApi.read(worker.pulp_href).name == worker.name, "another name")
            self.known["worker"] = worker.pulp_href
            self.known["worker name"] = worker.name

    def remotes(self):
        api = self.bindings.RemotesFileApi
        with self.check("a remote is made with every field that its model has"):
            remote = api.create({
                "name": self.name("full"), "url": f"{self.upstream.url}/files/PULP_MANIFEST", "policy": "on_demand",
                "tls_validation": False, "username": "u", "password": "p", "proxy_url": "http://127.0.0.1:9", "proxy_username": "u",
                "proxy_password": "p", "pulp_labels": {"environment": "test"}, "max_retries": 1, "total_timeout": 10.5,
                "connect_timeout": 5.0, "sock_connect_timeout": 5, "sock_read_timeout": 7.25, "headers": [{"X-Test": "1"}],
                "download_concurrency": 2, "rate_limit": 100,
            })
            hidden = {field.name: field.is_set for field in remote.hidden_fields}
            expect(hidden["password"] and not hidden["client_key"], f"hidden fields: {hidden}")
            expect(remote.total_timeout == 10.5 and remote.headers == [{"X-Test": "1"}], f"{remote}")
            self.full = remote.pulp_href
        with self.check("a remote is changed and replaced"):
            self.changed(api.partial_update(self.full, {"rate_limit": 50}))
            expect(api.read(self.full).rate_limit == 50, "it was not changed")
            self.changed(api.update(self.full, {"name": self.name("full"), "url": f"{self.upstream.url}/three/PULP_MANIFEST"}))
            expect(api.read(self.full).url.endswith("/three/PULP_MANIFEST"), "it was not replaced")
        with self.check("a remote has labels"):
            self.labels(api, self.full)
        with self.check("a remote is made with two fields"):
            remote = api.create({"name": self.name("remote"), "url": f"{self.upstream.url}/files/PULP_MANIFEST"})
            expect(remote.policy == "immediate", f"the policy is {remote.policy}")
            self.remote = remote.pulp_href
            self.known.update({"remote": self.remote, "RemotesFileApi": remote, "RemotesApi": remote})
        with self.check("a second remote of the name is refused"):
            self.refused(400, "must be unique", lambda: api.create({"name": self.name("remote"), "url": "http://127.0.0.1/"}))
        with self.check("a remote with another policy is refused by the model before it is sent"):
            try:
                api.create({"name": "x", "url": "http://127.0.0.1/", "policy": "never"})
            except ValueError:
                pass
        with self.check("there is no remote of another id"):
            self.refused(404, "detail", lambda: api.read(f"/pulp/api/v3/remotes/file/file/{uuid.uuid4()}/"))
        self.roles(api, "remote", self.full, "file.fileremote_owner")

    def labels(self, api, href):
        api.set_label(href, {"key": "purpose", "value": "tests"})
        expect(api.read(href).pulp_labels.get("purpose") == "tests", "the label is not set")
        api.unset_label(href, {"key": "purpose"})
        expect("purpose" not in api.read(href).pulp_labels, "the label is still set")

    def roles(self, api, noun, href, role):
        """The roles on one thing, given to a user and taken away."""
        with self.check(f"roles on a {noun} are listed, given and taken"):
            user = self.user()
            api.my_permissions(href)
            api.add_role(href, {"role": role, "users": [user]})
            given = api.list_roles(href).roles
            expect(any(user in each.users and each.role == role for each in given), f"the role was not given: {given}")
            api.remove_role(href, {"role": role, "users": [user]})
            expect(not any(user in each.users for each in api.list_roles(href).roles), "the role was not taken")

    def user(self):
        if "user" not in self.known:
            user = self.bindings.UsersApi.create({
                "username": self.name("ann"), "password": "a long and odd password", "first_name": "Ann", "last_name": "Example",
                "email": "ann@example.org", "is_staff": False, "is_active": True,
            })
            self.known["user"] = user.pulp_href
            self.known["UsersApi"] = user
        return self.name("ann")

    def repositories(self):
        api, versions = self.bindings.RepositoriesFileApi, self.bindings.RepositoriesFileVersionsApi
        with self.check("a repository is made, changed and replaced"):
            repository = api.create({
                "name": self.name("other"), "description": "another", "retain_repo_versions": 3, "remote": self.remote,
                "pulp_labels": {"environment": "test", "empty": None}, "manifest": "MANIFEST", "autopublish": False,
            })
            self.changed(api.partial_update(repository.pulp_href, {"description": "changed"}))
            expect(api.read(repository.pulp_href).description == "changed", "it was not changed")
            self.changed(api.update(repository.pulp_href, {"name": self.name("other")}))
            self.other = repository.pulp_href
        with self.check("a repository has labels"):
            self.labels(api, self.other)
        self.roles(api, "repository", self.other, "file.filerepository_owner")
        with self.check("a repository begins with version 0"):
            repository = api.create({"name": self.name("files"), "pulp_labels": {"environment": "test"}})
            self.repository = repository.pulp_href
            expect(repository.latest_version_href.endswith("/versions/0/"), repository.latest_version_href)
            self.known.update({"repository": self.repository, "RepositoriesFileApi": repository, "RepositoriesApi": repository})
        with self.check("a sync without a remote is refused"):
            self.refused(400, "remote", lambda: api.sync(self.repository, {}))
        with self.check("a sync makes a version with all files"):
            task = self.done(api.sync(self.repository, {"remote": self.remote, "mirror": True}))
            expect(task.name == "pulp_file.app.tasks.synchronizing.synchronize", task.name)
            expect(task.progress_reports, "the task reports no progress")
            self.version = next(href for href in task.created_resources if "/versions/" in href)
            version = versions.read(self.version)
            expect(version.number == 1, f"it is version {version.number}")
            expect(version.content_summary.present["file.file"]["count"] == len(FILES), f"{version.content_summary}")
            self.known.update({
                "repository_version": self.version, "RepositoryVersionsApi": version, "RepositoriesFileVersionsApi": version})
        with self.check("a second sync makes none"):
            expect(not self.done(api.sync(self.repository, {"remote": self.remote})).created_resources, "something was made")
        with self.check("a sync from a remote that is not there fails, and says so"):
            broken = self.bindings.RemotesFileApi.create({
                "name": self.name("broken"), "url": f"{self.upstream.url}/nothing/PULP_MANIFEST", "max_retries": 0})
            try:
                self.done(api.sync(self.repository, {"remote": broken.pulp_href}))
            except Wrong as wrong:
                expect("404" in str(wrong), str(wrong))
            else:
                raise Wrong("it completed")
            self.done(self.bindings.RemotesFileApi.delete(broken.pulp_href))

    def content(self):
        api, files = self.bindings.ContentFilesApi, list(FILES.items())
        with self.check("the files of a version are listed with what they are"):
            found = api.list(repository_version=self.version).results
            expect({unit.relative_path: unit.sha256 for unit in found} == {path: digest(data) for path, data in files}, f"{found}")
            self.known.update({"content": found[0].pulp_href, "ContentFilesApi": found[0], "ContentApi": found[0]})
            self.units = [unit.pulp_href for unit in found]
        with self.check("a file is read, and has labels"):
            expect(api.read(self.units[0]).artifact, "it has no artifact")
            self.labels(api, self.units[0])
        with self.check("files are taken out of a version and put into one"):
            repositories, versions = self.bindings.RepositoriesFileApi, self.bindings.RepositoriesFileVersionsApi
            removal = self.created(repositories.modify(self.repository, {"remove_content_units": self.units[:2]}), "/versions/2/")
            expect(versions.read(removal).content_summary.removed["file.file"]["count"] == 2, "not two were removed")
            addition = self.created(repositories.modify(self.repository, {"add_content_units": self.units[:1]}), "/versions/3/")
            expect(versions.read(addition).content_summary.added["file.file"]["count"] == 1, "not one was added")
            again = self.created(repositories.modify(self.repository, {"base_version": self.version}), "/versions/4/")
            expect(versions.read(again).content_summary.present["file.file"]["count"] == len(FILES), "not the files of version 1")
            nothing = self.created(repositories.modify(self.repository, {"remove_content_units": ["*"]}), "/versions/5/")
            expect(not versions.read(nothing).content_summary.present, "not all were removed")
            self.done(versions.delete(nothing))
            self.refused(404, "detail", lambda: versions.read(nothing))
            self.done(versions.repair(removal, {"verify_checksums": True}))
        with self.check("a file is uploaded into a repository"):
            task = self.done(api.create(
                relative_path="uploaded.txt", file=("uploaded.txt", b"uploaded\n"), repository=self.repository,
                pulp_labels={"how": "upload"}))
            unit = next(href for href in task.created_resources if "/content/" in href)
            expect(api.read(unit).sha256 == digest(b"uploaded\n"), "another digest")
            expect(api.read(unit).pulp_labels == {"how": "upload"}, f"the labels are {api.read(unit).pulp_labels}")
            expect(any("/versions/" in href for href in task.created_resources), f"no version: {task.created_resources}")
        with self.check("a file is uploaded at once, without a task"):
            unit = api.upload(relative_path="at-once.txt", file=("at-once.txt", self.mark.encode()))
            expect(unit.sha256 == digest(self.mark.encode()), "another digest")
        with self.check("a file is made of what a URL has"):
            path, data = files[0]
            task = self.done(api.create(relative_path="by-url.bin", file_url=f"{self.upstream.url}/files/{path}"))
            expect(api.read(task.created_resources[0]).sha256 == digest(data), "another digest")
        with self.check("a file needs bytes"):
            self.refused(400, "file", lambda: api.create(relative_path="nothing.txt"))

    def uploads(self):
        api, artifacts = self.bindings.UploadsApi, self.bindings.ArtifactsApi
        data = f"in two parts {self.mark}".encode()
        middle = len(data) // 2

        def upload():
            href = api.create({"size": len(data)}).pulp_href
            for first, part in [(0, data[:middle]), (middle, data[middle:])]:
                api.update(
                    f"bytes {first}-{first + len(part) - 1}/{len(data)}", href, file=("part", part), sha256=digest(part))
            return href

        with self.check("a file comes in two parts and becomes an artifact"):
            href = upload()
            chunks = sorted((chunk.offset, chunk.size) for chunk in api.read(href).chunks)
            expect(chunks == [(0, middle), (middle, len(data) - middle)], f"the chunks are {chunks}")
            artifact = artifacts.read(self.created(api.commit(href, {"sha256": digest(data)}), "/artifacts/"))
            expect(artifact.sha256 == digest(data) and artifact.size == len(data), f"{artifact}")
            self.known["ArtifactsApi"] = artifact
        with self.check("an artifact is uploaded, and not twice"):
            artifact = artifacts.create(file=("a", data + b"!"), sha256=digest(data + b"!"), size=len(data) + 1)
            expect(artifact.sha512, "it has no sha512")
            self.refused(400, "already exists", lambda: artifacts.create(file=("a", data + b"!")))
            unit = self.bindings.ContentFilesApi
            task = self.done(unit.create(relative_path="of-artifact.txt", artifact=artifact.pulp_href))
            expect(unit.read(task.created_resources[0]).artifact == artifact.pulp_href, "another artifact")
        with self.check("an artifact with another digest is refused"):
            self.refused(400, "sha256", lambda: artifacts.create(file=("b", b"b"), sha256="0" * 64))
        with self.check("an artifact is not deleted"):
            self.refused(403, "permission", lambda: artifacts.delete(artifact.pulp_href))
            self.bindings.called.add("ArtifactsApi.delete")
        with self.check("the roles on an upload are listed"):
            href = api.create({"size": 1}).pulp_href
            expect(api.my_permissions(href).permissions, "the administrator may nothing")
            api.list_roles(href)
        with self.check("an upload is deleted"):
            href = upload()
            api.delete(href)
            self.refused(404, "detail", lambda: api.read(href))
        with self.check("an upload is listed"):
            self.known["UploadsApi"] = api.create({"size": 10})

    def publications(self):
        api = self.bindings.PublicationsFileApi
        with self.check("a version is published"):
            href = self.created(api.create({"repository_version": self.version, "manifest": "INDEX"}), "/publications/")
            publication = api.read(href)
            expect(publication.repository_version == self.version and publication.manifest == "INDEX", f"{publication}")
            self.publication = href
            self.known.update({"publication": href, "PublicationsFileApi": publication, "PublicationsApi": publication})
        with self.check("the latest version of a repository is published"):
            href = self.created(api.create({"repository": self.repository}), "/publications/")
            self.roles(api, "publication", href, "file.filepublication_owner")
            api.delete(href)
            self.refused(404, "detail", lambda: api.read(href))
        with self.check("something is needed to publish"):
            self.refused(400, "repository", lambda: api.create({}))

    def distributions(self):
        api = self.bindings.DistributionsFileApi
        with self.check("a publication is distributed, and its files are served"):
            href = self.created(api.create({
                "name": self.name("served"), "base_path": f"{self.mark}/served", "publication": self.publication,
                "pulp_labels": {"environment": "test"},
            }), "/distributions/")
            distribution = api.read(href)
            self.served = href
            self.known.update({"distribution": href, "DistributionsFileApi": distribution, "DistributionsApi": distribution})
            expect(distribution.base_url.startswith(self.server.content_url), distribution.base_url)
            path, data = next(iter(FILES.items()))
            for url, wanted in [(distribution.base_url + path, data), (distribution.base_url + "INDEX", None)]:
                with urllib.request.urlopen(url) as answer:
                    body = answer.read()
                expect(wanted is None or body == wanted, f"{url} has other bytes")
        with self.check("a distribution is changed and replaced"):
            self.changed(api.partial_update(href, {"publication": None, "repository": self.repository}))
            expect(api.read(href).repository == self.repository, "it was not changed")
            self.changed(api.update(href, {"name": self.name("served"), "base_path": f"{self.mark}/replaced"}))
            expect(api.read(href).base_path == f"{self.mark}/replaced", "it was not replaced")
        with self.check("a distribution has labels"):
            self.labels(api, self.served)
        self.roles(api, "distribution", self.served, "file.filedistribution_owner")
        with self.check("base paths that overlap are refused"):
            self.refused(
                400, "Overlaps", lambda: api.create({"name": self.name("inner"), "base_path": f"{self.mark}/replaced/inner"}))

    def guards(self):
        made = {}
        for kind, fields, change in [
            ("Rbac", {}, {}),
            ("Header", {"header_name": "X-Pass", "header_value": "open"}, {"jq_filter": ".a"}),
            ("ContentRedirect", {}, {}),
            ("EnvvarHeader", {"header_name": "X-Pass", "env_var": "PASS"}, {}),
            ("Composite", {"guards": lambda: list(made.values())[:2]}, {"guards": []}),
        ]:
            if f"Contentguards{kind}Api" in NOT_CALLED:
                continue
            api = getattr(self.bindings, f"Contentguards{kind}Api")
            with self.check(f"a guard of the kind {kind} is made, changed and replaced"):
                body = {key: value() if callable(value) else value for key, value in fields.items()}
                guard = api.create({"name": self.name(kind), "description": "a guard", **body})
                made[kind] = guard.pulp_href
                self.changed(api.partial_update(guard.pulp_href, {"description": "changed", **change}))
                expect(api.read(guard.pulp_href).description == "changed", "it was not changed")
                self.changed(api.update(guard.pulp_href, {"name": self.name(kind), **body}))
                self.known[f"Contentguards{kind}Api"] = self.known["ContentguardsApi"] = guard
            if kind in made:
                owner = "core." + {"ContentRedirect": "contentredirect", "EnvvarHeader": "envvarheader"}.get(kind, kind.lower())
                self.roles(api, f"guard of the kind {kind}", made[kind], f"{owner}contentguard_owner")
            with self.check(f"a guard of the kind {kind} is deleted"):
                spare = api.create({"name": self.name(f"spare {kind}"), **body})
                api.delete(spare.pulp_href)
                self.refused(404, "detail", lambda: api.read(spare.pulp_href))

    def access(self):
        api = self.bindings
        with self.check("a user is made, changed and replaced"):
            self.user()
            href = self.known["user"]
            api.UsersApi.partial_update(href, {"first_name": "Anna"})
            expect(api.UsersApi.read(href).first_name == "Anna", "the name was not changed")
            api.UsersApi.update(href, {"username": self.name("ann"), "last_name": "Sample"})
            expect(api.UsersApi.read(href).last_name == "Sample", "the user was not replaced")
        with self.check("a role is made, changed and replaced"):
            role = api.RolesApi.create({
                "name": self.name("reader"), "description": "reads", "permissions": ["file.view_filerepository"]})
            expect(role.permissions == ["file.view_filerepository"] and not role.locked, f"{role}")
            api.RolesApi.partial_update(role.pulp_href, {"permissions": ["file.view_filerepository", "file.view_fileremote"]})
            expect(len(api.RolesApi.read(role.pulp_href).permissions) == 2, "the permissions were not changed")
            api.RolesApi.update(role.pulp_href, {"name": self.name("reader"), "permissions": ["file.view_filerepository"]})
            self.known["RolesApi"] = role
        with self.check("a locked role is not changed"):
            locked = api.RolesApi.list(locked=True, limit=1).results[0]
            self.refused(403, "The role is locked.", lambda: api.RolesApi.partial_update(locked.pulp_href, {"description": "mine"}))
        with self.check("a user is given a role, of all things and of one"):
            roles = api.UsersRolesApi
            of_all = roles.create(href, {"role": self.name("reader"), "content_object": None})
            of_one = roles.create(href, {"role": self.name("reader"), "content_object": self.repository})
            expect(of_one.content_object == self.repository, f"{of_one}")
            expect(roles.read(of_all.pulp_href).role == self.name("reader"), "another role")
            expect(roles.list(href).count == 2, "not two roles")
            self.known["UsersRolesApi"] = of_one
            roles.delete(of_all.pulp_href)
            expect(roles.list(href).count == 1, "the role was not taken")
        with self.check("a group is made, changed and replaced"):
            group = api.GroupsApi.create({"name": self.name("group")})
            api.GroupsApi.partial_update(group.pulp_href, {"name": self.name("renamed")})
            api.GroupsApi.update(group.pulp_href, {"name": self.name("group")})
            expect(api.GroupsApi.read(group.pulp_href).name == self.name("group"), "another name")
            self.group = group.pulp_href
            self.known["GroupsApi"] = group
        with self.check("a user comes into a group and goes"):
            users = api.GroupsUsersApi
            member = users.create(self.group, {"username": self.name("ann")})
            expect([each.username for each in users.list(self.group).results] == [self.name("ann")], "another user")
            number = re.search(r"/users/([^/]+)/$", member.pulp_href).group(1)
            users.delete(f"{self.group}users/{number}/")
            expect(users.list(self.group).count == 0, "the user is still in the group")
            users.create(self.group, {"username": self.name("ann")})
        with self.check("a group is given a role"):
            roles = api.GroupsRolesApi
            spare = roles.create(self.group, {"role": self.name("reader"), "content_object": None})
            roles.delete(spare.pulp_href)
            given = roles.create(self.group, {"role": self.name("reader"), "content_object": self.repository})
            roles.read(given.pulp_href)
            self.known["GroupsRolesApi"] = given
        self.roles(api.GroupsApi, "group", self.group, "core.group_owner")
        with self.check("an access policy is changed, replaced and reset"):
            policies = api.AccessPoliciesApi
            policy = policies.list(viewset_name="repositories/file/file").results[0]
            changed = policies.partial_update(policy.pulp_href, {"statements": policy.statements})
            expect(changed.customized, "it is not called customized")
            policies.update(policy.pulp_href, {"statements": policy.statements, "creation_hooks": policy.creation_hooks})
            expect(not policies.reset(policy.pulp_href).customized, "it is still called customized")
            expect(policies.read(policy.pulp_href).statements == policy.statements, "other statements")
            self.known["AccessPoliciesApi"] = policy
        with self.check("who is logged in can be asked, changed, and logged out"):
            login = api.LoginApi
            expect(login.login().username == self.server.username, "another user")
            expect(login.login_read().username == self.server.username, "another user")
            login.login_update({})
            login.logout()
        with self.check("a role, a group and a user are deleted"):
            role = api.RolesApi.create({"name": self.name("spare"), "permissions": []})
            api.RolesApi.delete(role.pulp_href)
            api.GroupsApi.delete(api.GroupsApi.create({"name": self.name("spare")}).pulp_href)
            api.UsersApi.delete(api.UsersApi.create({"username": self.name("spare")}).pulp_href)

    def tasks(self):
        api = self.bindings.TasksApi
        never = self.bindings.RemotesFileApi.create({
            "name": self.name("never"), "url": f"{self.upstream.url}/never/PULP_MANIFEST", "max_retries": 0}).pulp_href
        with self.check("a running task is canceled"):
            task = self.bindings.RepositoriesFileApi.sync(self.other, {"remote": never}).task
            self.upstream.request_waits()
            expect(api.read(task).state == "running", f"it is {api.read(task).state}")
            expect(api.tasks_cancel(task, {"state": "canceled"}).state in ("canceling", "canceled"), "it is not being canceled")
            try:
                self.done(task)
            except Wrong as wrong:
                expect("canceled" in str(wrong), str(wrong))
            expect(api.read(task).state == "canceled", f"it is {api.read(task).state}")
            self.refused(409, "", lambda: api.tasks_cancel(task, {"state": "canceled"}))
            self.canceled = task
        with self.check("a task tells its name, its times and what it held"):
            done = api.list(state="completed", name="pulp_file.app.tasks.synchronizing.synchronize", limit=1).results[0]
            done = api.read(done.pulp_href)
            expect(done.started_at and done.finished_at and done.logging_cid, f"{done}")
            expect(any("repository" in resource for resource in done.reserved_resources_record), f"{done.reserved_resources_record}")
            self.known["TasksApi"] = done
            api.profile_artifacts(done.pulp_href)
        self.roles(api, "task", self.canceled, "core.task_owner")
        with self.check("an ended task is deleted"):
            api.delete(self.canceled)
            self.refused(404, "detail", lambda: api.read(self.canceled))
        with self.check("old tasks are purged"):
            self.done(api.purge({"finished_before": datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc), "states": ["failed"]}))
        with self.check("task groups and schedules that are not there are refused"):
            for name, kind in [("TaskGroupsApi", "task-groups"), ("TaskSchedulesApi", "task-schedules")]:
                self.refused(404, "detail", lambda: self.bindings.classes[name].read(f"/pulp/api/v3/{kind}/{uuid.uuid4()}/"))

    def housekeeping(self):
        api = self.bindings
        with self.check("orphans are cleaned up"):
            self.done(api.OrphansCleanupApi.cleanup({"orphan_protection_time": 100000}))
            self.done(api.OrphansCleanupApi.cleanup({"content_hrefs": self.units[:1]}))
            self.done(api.OrphansApi.delete())
        with self.check("everything is repaired"):
            self.done(api.RepairApi.post({"verify_checksums": False}))
        with self.check("space is reclaimed"):
            self.done(api.RepositoriesReclaimSpaceApi.reclaim({"repo_hrefs": [self.other], "repo_versions_keeplist": []}))

    def end(self):
        api = self.bindings
        for title, name, href in [
            ("a distribution", "DistributionsFileApi", "served"), ("a repository", "RepositoriesFileApi", "repository"),
            ("a repository", "RepositoriesFileApi", "other"), ("a remote", "RemotesFileApi", "remote"),
            ("a remote", "RemotesFileApi", "full"),
        ]:
            with self.check(f"{title} is deleted"):
                self.done(getattr(api, name).delete(getattr(self, href)))
                self.refused(404, "detail", lambda: getattr(api, name).read(getattr(self, href)))


class Lists:
    """Each list, asked with every parameter that its method has, one at a time."""

    def __init__(self, life):
        self.life, self.bindings, self.check, self.known = life, life.bindings, life.check, life.known

    def run(self):
        for name, api in self.bindings.classes.items():
            if name in NOT_CALLED or not hasattr(api, "list"):
                continue
            signature = inspect.signature(api.list)
            needed = [parameter for parameter in signature.parameters.values() if parameter.default is parameter.empty]
            with self.check(f"{name}.list()"):
                place = [self.parent(parameter.name) for parameter in needed]
                getattr(self.bindings, name).list(*place)
            for parameter in signature.parameters.values():
                if parameter in needed or parameter.name.startswith("_") or parameter.name == "x_task_diagnostics":
                    continue
                tried = []
                with self.check(f"a value for {parameter.name} of {name}.list"):
                    tried = self.values(name, parameter)
                for value in tried:
                    with self.check(f"{name}.list({parameter.name}={value!r})"):
                        place = [self.parent(parameter.name) for parameter in needed]
                        getattr(self.bindings, name).list(*place, **{parameter.name: value})

    def parent(self, name):
        parents = {"file_file_repository_href": "repository", "auth_user_href": "user"}
        return self.life.group if name == "group_href" else self.known[parents[name]]

    def values(self, api, parameter):
        """What a parameter is tried with: what its name says first, then what its type says."""
        example, name = self.known.get(api), parameter.name
        hint = parameter.annotation
        description = next((part.description for part in getattr(hint, "__metadata__", ()) if hasattr(part, "description")), None) or ""
        kind = self.kind(hint)
        base, _, lookup = name.partition("__")
        value = self.value(api, base, name, example, kind)
        if name == "ordering":
            choices = list(dict.fromkeys(re.findall(r"\* `(-?\w+)`", description)))
            return [[choice for choice in choices if choice.startswith("-") == descending] for descending in (False, True)]
        if name == "q":
            term = "number=1" if "Versions" in api else f'pulp_id__in="{uuid.uuid4()}"'
            return [f"{term} OR NOT {term}"]
        if name == "pulp_href__in":
            return [[example.pulp_href]] if example else []
        if name == "prn__in":
            return [[example.prn]] if example else []
        if name == "pulp_id__in":
            return [[uuid.uuid4(), uuid.uuid4()]]
        if name == "pulp_label_select":
            return ["environment=test", "!missing,environment", "environment~TES", "environment!=other"]
        if name in ("fields", "exclude_fields"):
            # What a model needs cannot be left out; what it makes of the rest is the same with any.
            return [["pulp_href", "prn"]] if name == "exclude_fields" and api != "GroupsUsersApi" else []
        if lookup in ("regex", "iregex"):
            return ["^[a-z]+.*$"]
        if kind is bool:
            return [True, False]
        if lookup == "range" or base in ("added_between", "removed_between"):
            return [[value, value]]
        return [[value, value]] if typing.get_origin(self.plain(hint)) is list else [value]

    def value(self, api, base, name, example, kind):
        if kind is datetime.datetime:
            return datetime.datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=datetime.timezone.utc)
        if kind in (int, float):
            return 1
        hrefs = {
            "content": "content", "with_content": "content", "latest_with_content": "content", "repository": "repository",
            "remote": "remote", "repository_version": "repository_version", "repository_version_added": "repository_version",
            "repository_version_removed": "repository_version", "added_between": "repository_version",
            "removed_between": "repository_version", "content_object": "repository", "for_object_type": "repository",
            "reserved_resources": "repository", "exclusive_resources": "repository", "shared_resources": "repository",
            "created_resources": "repository", "worker": "worker",
        }
        if base in hrefs:
            return self.known[hrefs[base]]
        if base in ("parent_task", "child_tasks"):
            return self.known["TasksApi"].pulp_href
        if base == "task_group":
            groups = self.bindings.TaskGroupsApi.list(limit=1).results
            return groups[0].pulp_href if groups else f"/pulp/api/v3/task-groups/{uuid.uuid4()}/"
        if base == "pulp_type":
            return "core.rbac" if api == "ContentguardsApi" else "file.file"
        if base == "state":
            return "completed"
        if base == "role":
            return self.life.name("reader")
        if base == "contains_permission":
            return "file.view_filerepository"
        if base == "domain":
            return "/pulp/api/v3/domains/default/"
        return str(getattr(example, base, None) or "text")

    @staticmethod
    def plain(hint):
        """A type without what pydantic wrote on it, and without None."""
        while True:
            if hasattr(hint, "__metadata__"):
                hint = hint.__origin__
            elif typing.get_origin(hint) is typing.Union:
                hint = next(part for part in typing.get_args(hint) if part is not type(None))
            else:
                return hint

    @classmethod
    def kind(cls, hint):
        """The type of a value, or of the elements of a list."""
        plain = cls.plain(hint)
        return cls.plain(typing.get_args(plain)[0]) if typing.get_origin(plain) is list else plain


main()
