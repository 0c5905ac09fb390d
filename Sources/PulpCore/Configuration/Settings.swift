public import Logging

/// What an operator decides about a ``Pulp``, each with a sensible default.
///
/// `pulpd` and `pulpctl` read them from the environment (`PULP_…`) and from `pulp.yaml`.
public struct Settings: Sendable {
    /// Where everything of this machine is kept (`PULP_DATA_DIR`): the SQLite database, `media/`, the key.
    public var dataDirectory: String
    /// Where the bytes of artifacts are kept (`PULP_MEDIA_ROOT`); nil for `media` in the data directory.
    public var mediaRoot: String?
    /// The file with the key of the secrets in the database (`PULP_DB_ENCRYPTION_KEY`); nil for `database.key` in the data directory.
    ///
    /// Every process that creates remotes with passwords, or uses them, needs the same.
    public var keyFile: String?
    /// The scheme and host that clients reach the content server at, without a slash at the end (`PULP_CONTENT_ORIGIN`).
    public var contentOrigin = "http://127.0.0.1:24816"
    /// The path below which distributions are served (`PULP_CONTENT_PATH_PREFIX`).
    public var contentPathPrefix = "/pulp/content/"
    /// Where the API begins (`PULP_API_ROOT`).
    public var apiRoot = "/pulp/"
    /// Folders that `file://` remotes may read below (`PULP_ALLOWED_IMPORT_PATHS`).
    public var allowedImportPaths: [String] = []
    /// The digests computed for each artifact, SHA-256 always (`PULP_ALLOWED_CONTENT_CHECKSUMS`).
    public var allowedContentChecksums: Set<DigestAlgorithm> = [.sha224, .sha256, .sha384, .sha512]
    /// How long content that nothing uses is kept (`PULP_ORPHAN_PROTECTION_TIME`, in minutes there).
    public var orphanProtectionTime: Duration = .seconds(1440 * 60)
    /// How long a remote artifact that failed is not tried again (`PULP_REMOTE_CONTENT_FETCH_FAILURE_COOLDOWN`, in seconds there).
    public var fetchFailureCooldown: Duration = .seconds(300)
    /// Whether listings of what is distributed leave out what a content guard guards (`PULP_HIDE_GUARDED_DISTRIBUTIONS`).
    public var hideGuardedDistributions = false
    /// How many tasks this process runs at once (`PULP_WORKERS`).
    public var workers = 2
    /// Whether remotes may reach loopback and private addresses (`PULP_ALLOW_PRIVATE_REMOTES`).
    ///
    /// Link-local and metadata addresses are refused either way.
    public var allowPrivateRemotes = true
    /// The values of remote fields that a remote leaves empty.
    public var remoteDefaults = RemoteDefaults()
    /// How long a process may say nothing before others take it for dead (`PULP_WORKER_TTL`, in seconds there).
    ///
    /// The end of a process is mostly seen within two seconds; this is for machines that lost their power, and for processes that
    /// were paused. All processes that share a database should have the same.
    public var workerLifetime: Duration = .seconds(30)
    /// How long running work may go on after a request to stop (`PULP_TASK_GRACE_INTERVAL`, in seconds there).
    public var graceInterval: Duration = .seconds(600)
    /// Whether tasks that only measure and try things out may be dispatched and run (`PULP_TEST_TASKS`).
    public var testTasks = false
    /// Where what happens is written to.
    public var logger = Logger(label: "pulp")

    /// Where the key of the secrets is.
    var secretKey: KeyFile { KeyFile(path: keyFile ?? dataDirectory + "/database.key") }

    /// How often a process says that it lives.
    var heartbeatInterval: Duration { workerLifetime / 3 }

    /// The defaults, for a folder that is made when a ``Pulp`` is opened there.
    public init(dataDirectory: String) { self.dataDirectory = dataDirectory }
}

/// Server-wide values for what a remote does not say.
public struct RemoteDefaults: Sendable, Hashable {
    /// How many downloads of one remote run at once.
    public var downloadConcurrency = 10
    /// How often a failed download is tried again.
    public var maxRetries = 3
    /// For a whole download; nil for no limit.
    public var totalTimeout: Duration?
    /// For getting a connection; zero for no limit.
    public var connectTimeout: Duration = .seconds(60)
    /// For connecting to a host; zero for no limit.
    public var socketConnectTimeout: Duration = .seconds(10)
    /// Without a byte, after which a download fails; zero for no limit.
    public var socketReadTimeout: Duration = .seconds(60)
    /// The proxy of remotes that name none; nil for a direct connection.
    public var proxyURL: String?
    /// How Pulp introduces itself; its version follows where there is no slash.
    public var userAgent = "pulp"
    /// The most bytes that one download may have when nothing says its size.
    public var maximumSize: Int64 = 1 << 40

    /// The defaults.
    public init() {}
}
