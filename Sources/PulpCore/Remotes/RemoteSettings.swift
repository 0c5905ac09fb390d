/// What every kind of remote knows: where it is, and how to fetch from it.
public struct RemoteSettings: Sendable, Hashable {
    /// Unique among the remotes of a domain, and not empty.
    public var name = ""
    /// Where fetching begins: `http`, `https`, or `file` below an allowed folder; without credentials in it.
    public var url = ""
    /// PEM; text around the encoded blocks is dropped, as people paste it together with them.
    public var caCertificate: String? { didSet { caCertificate = caCertificate.map(PEM.stripped) } }
    /// PEM, the client's own certificate first.
    public var clientCertificate: String? { didSet { clientCertificate = clientCertificate.map(PEM.stripped) } }
    /// PEM of the key to the client's certificate; never shown.
    public var clientKey: String? { didSet { clientKey = clientKey.map(PEM.stripped) } }
    /// Whether the server's certificate is checked.
    public var tlsValidation = true
    /// For basic authentication, and then with a password; never shown.
    public var username: String?
    /// Belongs to the user name; never shown.
    public var password: String?
    /// The proxy, `http`, or `https` for http URLs alone; nil for the server-wide one, if there is one.
    public var proxyURL: String?
    /// The user name at the remote's own proxy, and then with a password; never shown.
    public var proxyUsername: String?
    /// Belongs to the proxy's user name; never shown.
    public var proxyPassword: String?
    /// Sent to the remote's own origin only; a `User-Agent` is added to Pulp's, whatever the host.
    public var headers = HeaderList()
    /// How many downloads run at once, 1 at least; nil for the server-wide number.
    public var downloadConcurrency: Int?
    /// How often a failed download is tried again, 0 or more; nil for the server-wide number.
    public var maxRetries: Int?
    /// How many requests begin in a second; nil or 0 for as many as there are.
    public var rateLimit: Int?
    /// Seconds for a whole download; nil or 0 for the server-wide time, if there is one.
    public var totalTimeout: Double?
    /// Seconds to get a connection, 0 for no limit; nil for the server-wide time.
    public var connectTimeout: Double?
    /// Seconds to connect to the host, 0 for no limit; nil for the server-wide time.
    public var socketConnectTimeout: Double?
    /// Seconds without a byte after which a download fails, 0 for no limit; nil for the server-wide time.
    public var socketReadTimeout: Double?
    /// When bytes are fetched.
    public var policy = DownloadPolicy.immediate
    /// Names and values that users put on the remote.
    public var labels = Labels()

    /// Settings of which the rest is at its default; nothing is checked before they are stored.
    public init(name: String = "", url: String = "", policy: DownloadPolicy = .immediate) {
        (self.name, self.url, self.policy) = (name, url, policy)
    }

    /// The fields that every kind of remote has.
    public static let fields: [Field<Self>] = [
        Field("name", \.name, "A unique name for this remote.", [.required, .unique, .column], lookups: .text, validate: Checks.name),
        Field("url", \.url, "The URL of an external content source.", [.required, .column], validate: Checks.url),
        Field("ca_cert", \.caCertificate, "A PEM encoded CA certificate used to validate the server certificate."),
        Field("client_cert", \.clientCertificate, "A PEM encoded client certificate used for authentication."),
        Field("client_key", \.clientKey, "A PEM encoded private key used for authentication.", .secret),
        Field("tls_validation", \.tlsValidation, "If true, TLS peer validation must be performed."),
        Field("proxy_url", \.proxyURL, "The proxy URL. Format: scheme://host:port", validate: Checks.proxyURL),
        Field("proxy_username", \.proxyUsername, "The username to authenticte to the proxy.", .secret),
        Field("proxy_password", \.proxyPassword, "The password to authenticate to the proxy.", .secret),
        Field("username", \.username, "The username to be used for authentication when syncing.", .secret),
        Field("password", \.password, "The password to be used for authentication when syncing.", .secret),
        Field("headers", \.headers, "Headers for aiohttp.Clientsession"),
        Field("download_concurrency", \.downloadConcurrency, "Total number of simultaneous connections.", validate: Checks.atLeast(1)),
        Field("max_retries", \.maxRetries, "Maximum number of retry attempts after a download failure.", validate: Checks.atLeast(0)),
        Field("rate_limit", \.rateLimit, "Limits requests per second for each concurrent downloader", validate: Checks.atLeast(0)),
        Field("total_timeout", \.totalTimeout, "Total timeout for a download, in seconds.", validate: Checks.seconds),
        Field("connect_timeout", \.connectTimeout, "Timeout for getting a connection, in seconds.", validate: Checks.seconds),
        Field("sock_connect_timeout", \.socketConnectTimeout, "Timeout for connecting to a peer, in seconds.", validate: Checks.seconds),
        Field("sock_read_timeout", \.socketReadTimeout, "Timeout for reading from a peer, in seconds.", validate: Checks.seconds),
        Field(
            "policy", \.policy,
            "When to download content: at a sync (immediate), at the first request (on_demand), or at every request (streamed)."),
        Field("pulp_labels", \.labels, "Labels.", .column),
    ]

    /// Checks what fields must obey beyond their types, and several of them together.
    ///
    /// Both or neither of a user name and a password, proxy credentials only with a proxy, certificates and keys that are some and
    /// fit each other.
    /// - Throws: ``ValidationError`` with all that is wrong. It quotes no secret.
    public func validate() throws(ValidationError) {
        var problems: [ValidationError.Problem] = []
        if (username == nil) != (password == nil) {
            problems.append(.init(field: nil, message: "Remote requires both or none of 'username' and 'password'."))
        }
        if (proxyUsername == nil) != (proxyPassword == nil) {
            problems.append(.init(field: nil, message: "Remote requires both or none of 'proxy_username' and 'proxy_password'."))
        }
        if proxyUsername != nil, proxyURL == nil {
            problems.append(.init(field: nil, message: "Remote cannot have proxy credentials without a 'proxy_url'."))
        }
        problems += tlsProblems
        guard problems.isEmpty else { throw ValidationError(problems: problems) }
    }

    /// Checks that a `file` URL is below a folder that the operator allows; other URLs pass.
    ///
    /// A check for who writes the remote: whoever reads the file checks again, when it opens it.
    /// - Throws: ``ValidationError``.
    public func validateImportPath(_ allowed: [String]) throws(ValidationError) {
        let location: RemoteURL
        do { location = try RemoteURL(url) } catch { throw ValidationError("url", error.message) }
        guard location.scheme != .file || FileSource.isAllowed(location.path, in: allowed) else {
            throw ValidationError("url", "Path '\(location.path)' is not an allowed import path")
        }
    }

    private var tlsProblems: [ValidationError.Problem] {
        var problems: [ValidationError.Problem] = []
        func check(_ field: String, _ text: String?, _ parse: (String) throws -> Void, _ message: String) {
            guard let text else { return }
            do { try parse(text) } catch { problems.append(.init(field: field, message: message)) }
        }
        check("ca_cert", caCertificate, { _ = try PEM.certificates($0) }, "Must be PEM encoded certificates.")
        check("client_cert", clientCertificate, { _ = try PEM.certificates($0) }, "Must be PEM encoded certificates.")
        check("client_key", clientKey, { _ = try PEM.privateKey($0) }, "Must be a PEM encoded private key.")
        if problems.isEmpty, let clientCertificate, let clientKey, !PEM.fit(clientCertificate, clientKey) {
            problems.append(.init(field: "client_key", message: "The key does not belong to the certificate in 'client_cert'."))
        }
        return problems
    }
}

private enum Checks {
    static let name: @Sendable (String) throws(InvalidField) -> Void = { (name) throws(InvalidField) in
        guard !name.isEmpty else { throw InvalidField("This field may not be blank.") }
    }

    static let url: @Sendable (String) throws(InvalidField) -> Void = { (url) throws(InvalidField) in
        try RemoteURL.check(url)
    }

    static let proxyURL: @Sendable (String?) throws(InvalidField) -> Void = { (url) throws(InvalidField) in
        if let url { try RemoteURL.checkProxy(url) }
    }

    static func atLeast(_ minimum: Int) -> @Sendable (Int?) throws(InvalidField) -> Void {
        { (number) throws(InvalidField) in
            if let number, number < minimum {
                throw InvalidField("Ensure this value is greater than or equal to \(minimum).")
            }
        }
    }

    static let seconds: @Sendable (Double?) throws(InvalidField) -> Void = { (seconds) throws(InvalidField) in
        if let seconds, seconds < 0 { throw InvalidField("Ensure this value is greater than or equal to 0.0.") }
    }
}
