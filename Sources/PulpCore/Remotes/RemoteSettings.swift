/// What every kind of remote knows: where it is, and how to fetch from it.
public struct RemoteSettings: Sendable, Hashable {
    public var name = ""
    public var url = ""
    public var caCertificate: String?
    public var clientCertificate: String?
    public var clientKey: String?
    public var tlsValidation = true
    public var username: String?
    public var password: String?
    public var proxyURL: String?
    public var proxyUsername: String?
    public var proxyPassword: String?
    public var headers = HeaderList()
    public var downloadConcurrency: Int?
    public var maxRetries: Int?
    public var rateLimit: Int?
    public var totalTimeout: Double?
    public var connectTimeout: Double?
    public var socketConnectTimeout: Double?
    public var socketReadTimeout: Double?
    public var policy = DownloadPolicy.immediate
    public var labels = Labels()

    public init(name: String = "", url: String = "", policy: DownloadPolicy = .immediate) {
        (self.name, self.url, self.policy) = (name, url, policy)
    }

    public static let fields: [Field<Self>] = [
        Field("name", \.name, "A unique name for this remote.", [.required, .unique, .column], lookups: .text, validate: Checks.name),
        Field("url", \.url, "The URL of an external content source.", [.required, .column], lookups: .text, validate: Checks.url),
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
        Field("policy", \.policy, "When to download content: at a sync (immediate), at the first request (on_demand), or at every request (streamed).", lookups: .exact),
        Field("pulp_labels", \.labels, "Labels.", .column),
    ]

    /// Checks what several fields together must obey: both or neither of a user name and a password; proxy credentials only with a proxy.
    /// - Throws: ``ValidationError``.
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
        guard problems.isEmpty else { throw ValidationError(problems: problems) }
    }
}

/// When bytes are fetched.
public enum DownloadPolicy: String, CaseIterable, FieldValue, Codable {
    /// At a sync.
    case immediate
    /// At a client's first request; then kept.
    case onDemand = "on_demand"
    /// At every client's request; never kept.
    case streamed
}

/// Request headers, in order; a list of one-member objects in JSON.
public struct HeaderList: Sendable, Hashable, FieldValue {
    public var headers: [Header] = []

    public struct Header: Sendable, Hashable {
        public let name: String
        public let value: String
        public init(name: String, value: String) { (self.name, self.value) = (name, value) }
    }

    public init(_ headers: [Header] = []) { self.headers = headers }

    public static var fieldType: FieldType { .json }

    public var json: JSON { .array(headers.map { .object([$0.name: .string($0.value)]) }) }

    public init(json: JSON) throws(InvalidField) {
        if case .null = json { return }
        guard case .array(let elements) = json else { throw InvalidField("Expected a list of items.") }
        for element in elements {
            guard case .object(let object) = element else { throw InvalidField("Expected a dictionary of items.") }
            for member in object {
                let value = try String(json: member.value)
                let isToken = !member.name.isEmpty && member.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3A }
                guard isToken, value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                    throw InvalidField("The header \(member.name.debugDescription) is not valid.")
                }
                headers.append(Header(name: member.name, value: value))
            }
        }
    }

    public var sql: SQLValue { json.sql }

    public init(sql: SQLValue) throws(UnexpectedSQLValue) {
        do { try self.init(json: try JSON(sql: sql)) } catch let error as UnexpectedSQLValue { throw error } catch {
            throw UnexpectedSQLValue(sql, expected: "headers")
        }
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
