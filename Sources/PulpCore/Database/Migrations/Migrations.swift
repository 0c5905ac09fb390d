/// The layout of PulpCore's own tables.
package enum Migrations {
    /// Every step, from an empty database on.
    package static let core: [Migration] = [
        Migration("first layout") { db in
            for statement in FirstLayout.statements { try db.create(statement) }
        },
        // Workers have their own table.
        Migration("processes besides workers") { db in
            try db.create(
                """
                CREATE TABLE app_status (
                    id {identity}, uuid {text} NOT NULL UNIQUE, role {text} NOT NULL, name {text} NOT NULL,
                    started BIGINT NOT NULL, heartbeat BIGINT NOT NULL)
                """)
        },
        Migration("proof of the key") { db in
            try db.create("CREATE TABLE secret_key (id BIGINT PRIMARY KEY CHECK (id = 1), proof {text} NOT NULL)")
        },
        Migration("gate of commits and deletions") { db in
            for statement in CommitGateLayout.statements { try db.create(statement) }
        },
        taskSchedules,
        users,
        taskCreators,
        uploadChunks,
        access,
        contentGuards,
    ]
}

extension Int64 {
    /// The `removed` of a membership that no version has ended.
    static let never = Int64.max
}

/// The tables of the first release.
///
/// Keys inside are integers; what users see are the UUIDs and PRNs beside them. Moments are microseconds since 1970 in UTC.
private enum FirstLayout {
    static let statements = catalogue + artifacts + content + remotes + repositories + publications + distributions + tasks

    static let catalogue = [
        "CREATE TABLE catalogue (id BIGINT PRIMARY KEY CHECK (id = 1), generation BIGINT NOT NULL)",
        "INSERT INTO catalogue (id, generation) VALUES (1, 1)",
        "CREATE TABLE domain (id {identity}, prn {text} NOT NULL UNIQUE, name {text} NOT NULL UNIQUE)",
        """
        INSERT INTO domain (id, prn, name) VALUES (1, 'prn:core.domain:00000000-0000-7000-8000-000000000001', 'default')
        """,
    ]

    static let artifacts = [
        """
        CREATE TABLE artifact (
            id {identity}, uuid {text} NOT NULL, domain BIGINT NOT NULL DEFAULT 1 REFERENCES domain (id),
            size BIGINT NOT NULL, sha256 {text} NOT NULL,
            md5 {text}, sha1 {text}, sha224 {text}, sha384 {text}, sha512 {text},
            created BIGINT NOT NULL, touched BIGINT NOT NULL,
            UNIQUE (domain, sha256))
        """,
        "CREATE INDEX artifact_uuid ON artifact (uuid)",
        // For remotes that promise another digest than SHA-256.
        "CREATE INDEX artifact_sha512 ON artifact (sha512) WHERE sha512 IS NOT NULL",
        "CREATE INDEX artifact_sha1 ON artifact (sha1) WHERE sha1 IS NOT NULL",
        "CREATE INDEX artifact_md5 ON artifact (md5) WHERE md5 IS NOT NULL",
        """
        CREATE TABLE upload (
            id {identity}, prn {text} NOT NULL UNIQUE, domain BIGINT NOT NULL DEFAULT 1 REFERENCES domain (id),
            size BIGINT NOT NULL, created BIGINT NOT NULL, updated BIGINT NOT NULL)
        """,
        """
        CREATE TABLE upload_chunk (
            upload BIGINT NOT NULL REFERENCES upload (id) ON DELETE CASCADE,
            start BIGINT NOT NULL, size BIGINT NOT NULL, sha256 {text} NOT NULL, PRIMARY KEY (upload, start))
        """,
    ]

    static let content = [
        """
        CREATE TABLE content (
            id {identity}, uuid {text} NOT NULL, domain BIGINT NOT NULL DEFAULT 1 REFERENCES domain (id),
            type {text} NOT NULL, natural_key {text} NOT NULL, repository_key {text} NOT NULL,
            pulp_labels {json}, created BIGINT NOT NULL, updated BIGINT NOT NULL, touched BIGINT NOT NULL,
            UNIQUE (domain, type, natural_key))
        """,
        "CREATE INDEX content_uuid ON content (uuid)",
        "CREATE INDEX content_repository_key ON content (type, repository_key)",
        """
        CREATE TABLE content_artifact (
            id {identity}, content BIGINT NOT NULL REFERENCES content (id) ON DELETE CASCADE,
            relative_path {text} NOT NULL, artifact BIGINT REFERENCES artifact (id),
            UNIQUE (content, relative_path))
        """,
        "CREATE INDEX content_artifact_path ON content_artifact (relative_path)",
        "CREATE INDEX content_artifact_artifact ON content_artifact (artifact)",
    ]

    static let remotes = [
        """
        CREATE TABLE remote (
            id {identity}, prn {text} NOT NULL UNIQUE, domain BIGINT NOT NULL DEFAULT 1 REFERENCES domain (id),
            type {text} NOT NULL, name {text} NOT NULL, url {text} NOT NULL,
            pulp_labels {json} NOT NULL, details {json} NOT NULL, secrets {text},
            created BIGINT NOT NULL, updated BIGINT NOT NULL,
            UNIQUE (domain, name))
        """,
        """
        CREATE TABLE remote_artifact (
            id {identity}, content_artifact BIGINT NOT NULL REFERENCES content_artifact (id) ON DELETE CASCADE,
            remote BIGINT NOT NULL REFERENCES remote (id) ON DELETE CASCADE,
            url {text} NOT NULL, size BIGINT, sha256 {text},
            md5 {text}, sha1 {text}, sha224 {text}, sha384 {text}, sha512 {text}, failed_at BIGINT,
            UNIQUE (content_artifact, remote))
        """,
        "CREATE INDEX remote_artifact_remote ON remote_artifact (remote)",
    ]

    static let repositories = [
        """
        CREATE TABLE repository (
            id {identity}, prn {text} NOT NULL UNIQUE, domain BIGINT NOT NULL DEFAULT 1 REFERENCES domain (id),
            type {text} NOT NULL, name {text} NOT NULL, description {text},
            remote BIGINT REFERENCES remote (id) ON DELETE SET NULL,
            retain_repo_versions BIGINT, retain_checkpoints BIGINT,
            next_version BIGINT NOT NULL DEFAULT 1, last_sync {json},
            pulp_labels {json} NOT NULL, details {json} NOT NULL, secrets {text},
            created BIGINT NOT NULL, updated BIGINT NOT NULL,
            UNIQUE (domain, name))
        """,
        """
        CREATE TABLE repository_version (
            id {identity}, uuid {text} NOT NULL UNIQUE,
            repository BIGINT NOT NULL REFERENCES repository (id) ON DELETE CASCADE,
            number BIGINT NOT NULL, complete {boolean} NOT NULL, created BIGINT NOT NULL, updated BIGINT NOT NULL,
            UNIQUE (repository, number))
        """,
        // A unit is in version n iff added <= n and n < removed.
        """
        CREATE TABLE repository_content (
            repository BIGINT NOT NULL REFERENCES repository (id) ON DELETE CASCADE,
            content BIGINT NOT NULL REFERENCES content (id),
            added BIGINT NOT NULL, removed BIGINT NOT NULL DEFAULT 9223372036854775807,
            PRIMARY KEY (repository, content, added))
        """,
        "CREATE INDEX repository_content_content ON repository_content (content)",
        "CREATE INDEX repository_content_added ON repository_content (repository, added, content)",
        """
        CREATE INDEX repository_content_removed ON repository_content (repository, removed, content)
            WHERE removed < 9223372036854775807
        """,
        // What a running sync has declared; empty between syncs.
        """
        CREATE TABLE declared_content (
            version BIGINT NOT NULL REFERENCES repository_version (id) ON DELETE CASCADE, content BIGINT NOT NULL,
            PRIMARY KEY (version, content))
        """,
        """
        CREATE TABLE repository_version_count (
            version BIGINT NOT NULL REFERENCES repository_version (id) ON DELETE CASCADE,
            type {text} NOT NULL, added BIGINT NOT NULL, removed BIGINT NOT NULL, present BIGINT NOT NULL,
            PRIMARY KEY (version, type))
        """,
    ]

    static let publications = [
        """
        CREATE TABLE publication (
            id {identity}, prn {text} NOT NULL UNIQUE, domain BIGINT NOT NULL DEFAULT 1 REFERENCES domain (id),
            type {text} NOT NULL, repository_version BIGINT NOT NULL REFERENCES repository_version (id) ON DELETE CASCADE,
            pass_through {boolean} NOT NULL DEFAULT FALSE, checkpoint {boolean} NOT NULL DEFAULT FALSE,
            complete {boolean} NOT NULL DEFAULT FALSE, details {json} NOT NULL, secrets {text},
            created BIGINT NOT NULL, updated BIGINT NOT NULL)
        """,
        "CREATE INDEX publication_version ON publication (repository_version)",
        // What a publication serves besides what passes through: a unit's file under this path, or metadata.
        """
        CREATE TABLE published_file (
            publication BIGINT NOT NULL REFERENCES publication (id) ON DELETE CASCADE, relative_path {text} NOT NULL,
            content_artifact BIGINT REFERENCES content_artifact (id), artifact BIGINT REFERENCES artifact (id),
            PRIMARY KEY (publication, relative_path),
            CHECK ((content_artifact IS NULL) <> (artifact IS NULL)))
        """,
        "CREATE INDEX published_file_content_artifact ON published_file (content_artifact)",
        "CREATE INDEX published_file_artifact ON published_file (artifact)",
    ]

    static let distributions = [
        """
        CREATE TABLE distribution (
            id {identity}, prn {text} NOT NULL UNIQUE, domain BIGINT NOT NULL DEFAULT 1 REFERENCES domain (id),
            type {text} NOT NULL, name {text} NOT NULL, base_path {text} NOT NULL,
            repository BIGINT REFERENCES repository (id) ON DELETE SET NULL,
            repository_version BIGINT REFERENCES repository_version (id) ON DELETE SET NULL,
            publication BIGINT REFERENCES publication (id) ON DELETE SET NULL,
            remote BIGINT REFERENCES remote (id) ON DELETE SET NULL,
            hidden {boolean} NOT NULL DEFAULT FALSE, checkpoint {boolean} NOT NULL DEFAULT FALSE,
            pulp_labels {json} NOT NULL, details {json} NOT NULL, secrets {text},
            created BIGINT NOT NULL, updated BIGINT NOT NULL,
            UNIQUE (domain, name), UNIQUE (domain, base_path))
        """,
        "CREATE INDEX distribution_repository ON distribution (repository)",
        "CREATE INDEX distribution_version ON distribution (repository_version)",
        "CREATE INDEX distribution_publication ON distribution (publication)",
        // The tree of base paths. A path is a distribution's (one use) or an ancestor of distributions' (any number):
        // the primary key lets it be one of them, however many processes try at once.
        """
        CREATE TABLE base_path (
            domain BIGINT NOT NULL REFERENCES domain (id), path {text} NOT NULL, ancestor {boolean} NOT NULL,
            uses BIGINT NOT NULL, PRIMARY KEY (domain, path), CHECK (uses > 0 AND (ancestor OR uses = 1)))
        """,
    ]

    static let tasks = [
        """
        CREATE TABLE worker (
            id {identity}, uuid {text} NOT NULL UNIQUE, name {text} NOT NULL,
            started BIGINT NOT NULL, heartbeat BIGINT NOT NULL)
        """,
        """
        CREATE TABLE task_group (
            id {identity}, prn {text} NOT NULL UNIQUE, description {text} NOT NULL, created BIGINT NOT NULL)
        """,
        """
        CREATE TABLE task (
            id {identity}, uuid {text} NOT NULL UNIQUE, domain BIGINT NOT NULL DEFAULT 1 REFERENCES domain (id),
            name {text} NOT NULL, state {text} NOT NULL, arguments {json} NOT NULL,
            waiting_locks BIGINT NOT NULL, worker BIGINT REFERENCES worker (id) ON DELETE SET NULL,
            parent BIGINT REFERENCES task (id) ON DELETE SET NULL,
            task_group BIGINT REFERENCES task_group (id) ON DELETE SET NULL,
            logging_cid {text} NOT NULL, result {json}, error {json},
            created BIGINT NOT NULL, updated BIGINT NOT NULL, unblocked BIGINT, started BIGINT, finished BIGINT)
        """,
        "CREATE INDEX task_unfinished ON task (state, waiting_locks, id) WHERE finished IS NULL",
        "CREATE INDEX task_finished ON task (finished)",
        "CREATE INDEX task_worker ON task (worker) WHERE worker IS NOT NULL",
        "CREATE INDEX task_parent ON task (parent)",
        "CREATE INDEX task_group_members ON task (task_group)",
        """
        CREATE TABLE task_lock (
            id {identity}, task BIGINT NOT NULL REFERENCES task (id) ON DELETE CASCADE,
            resource {text} NOT NULL, exclusive {boolean} NOT NULL, granted {boolean} NOT NULL,
            UNIQUE (task, resource))
        """,
        "CREATE INDEX task_lock_queue ON task_lock (resource, exclusive, id)",
        "CREATE INDEX task_lock_waiting ON task_lock (resource, granted, id)",
        // What a task held or wanted, for lists; task_lock forgets it when the task ends.
        """
        CREATE TABLE task_resource (
            task BIGINT NOT NULL REFERENCES task (id) ON DELETE CASCADE, resource {text} NOT NULL,
            exclusive {boolean} NOT NULL, PRIMARY KEY (task, resource))
        """,
        "CREATE INDEX task_resource_resource ON task_resource (resource)",
        """
        CREATE TABLE created_resource (
            task BIGINT NOT NULL REFERENCES task (id) ON DELETE CASCADE, position BIGINT NOT NULL, prn {text} NOT NULL,
            PRIMARY KEY (task, position))
        """,
        """
        CREATE TABLE progress_report (
            task BIGINT NOT NULL REFERENCES task (id) ON DELETE CASCADE, code {text} NOT NULL, message {text} NOT NULL,
            position BIGINT NOT NULL, state {text} NOT NULL, total BIGINT, done BIGINT NOT NULL, suffix {text},
            PRIMARY KEY (task, code))
        """,
    ]
}

/// What a ``DatabaseCommitGate`` writes down.
private enum CommitGateLayout {
    static let statements = [
        "CREATE TABLE blob_commit (id {identity}, expires BIGINT NOT NULL)",
        """
        CREATE TABLE blob_commit_digest (
            blob_commit BIGINT NOT NULL REFERENCES blob_commit (id) ON DELETE CASCADE, sha256 {text} NOT NULL,
            PRIMARY KEY (sha256, blob_commit))
        """,
        "CREATE INDEX blob_commit_digest_commit ON blob_commit_digest (blob_commit)",
        "CREATE TABLE blob_deletion (sha256 {text} PRIMARY KEY, deletion {text} NOT NULL, expires BIGINT NOT NULL)",
    ]
}
