internal import AsyncHTTPClient
internal import NIOHTTP1

/// A remote's settings and the server-wide defaults, worked out for requests.
struct RemoteAccess: Sendable {
    /// The origin that secrets belong to.
    let home: RemoteURL
    let key: RemoteLimits.Key
    let concurrency: Int
    let rate: Int?
    let retries: Int
    let tls: ClientConfiguration.TLS
    let proxy: ClientConfiguration.Proxy?
    let proxyPolicy: AddressPolicy
    let connectTimeout: Duration
    let readTimeout: Duration
    let totalTimeout: Duration?
    private let openHeaders: HTTPHeaders
    private let secretHeaders: HTTPHeaders

    /// - Parameter url: the URL to fetch; it is the home when the remote's own URL is none.
    /// - Throws: ``DownloadFailure`` when the proxy's URL is not valid.
    init(_ remote: RemoteSettings, fetching url: RemoteURL, _ settings: Settings) throws {
        let defaults = settings.remoteDefaults
        // A remote without a valid URL of its own is one for this request: its secrets belong to where it goes.
        home = (try? RemoteURL(remote.url)) ?? url
        key = RemoteLimits.Key(name: remote.name, url: remote.url)
        concurrency = remote.downloadConcurrency ?? defaults.downloadConcurrency
        rate = remote.rateLimit
        retries = remote.maxRetries ?? defaults.maxRetries
        tls = ClientConfiguration.TLS(
            caCertificate: remote.caCertificate, clientCertificate: remote.clientCertificate,
            clientKey: remote.clientKey, verifies: remote.tlsValidation)
        proxy = try Self.proxy(of: remote, defaults)
        // The operator's own proxy may well be at a private address; a user's remote may not go there by calling it a proxy.
        proxyPolicy = AddressPolicy(allowsPrivate: settings.allowPrivateRemotes || remote.proxyURL == nil)
        totalTimeout = remote.totalTimeout.map { Self.limit($0, Self.unlimited) } ?? defaults.totalTimeout
        connectTimeout = min(
            Self.limit(remote.connectTimeout, defaults.connectTimeout),
            Self.limit(remote.socketConnectTimeout, defaults.socketConnectTimeout))
        readTimeout = min(Self.limit(remote.socketReadTimeout, defaults.socketReadTimeout), totalTimeout ?? Self.unlimited)
        (openHeaders, secretHeaders) = Self.headers(of: remote, defaults)
    }

    /// The headers of a request for a URL, secrets only where they belong.
    func headers(for url: RemoteURL) -> HTTPHeaders {
        guard RedirectPolicy.mayCarrySecrets(to: url, of: home) else { return openHeaders }
        var headers = openHeaders
        headers.add(contentsOf: secretHeaders)
        return headers
    }

    /// How to speak TLS with a URL's host; the client certificate goes to the remote's own only.
    func tls(for url: RemoteURL) -> ClientConfiguration.TLS? {
        guard url.scheme == .https else { return nil }
        var tls = tls
        if !RedirectPolicy.mayCarrySecrets(to: url, of: home) { (tls.clientCertificate, tls.clientKey) = (nil, nil) }
        return tls
    }

    private static let unlimited = Duration.seconds(365 * 86_400)

    /// Zero means no limit, as in Pulp.
    private static func limit(_ seconds: Double?, _ fallback: Duration) -> Duration {
        // Held back before it becomes a duration, which cannot hold every number.
        let limit = seconds.map { Duration.seconds(min($0, 365 * 86_400)) } ?? fallback
        return limit > .zero ? min(limit, unlimited) : unlimited
    }

    private static func proxy(of remote: RemoteSettings, _ defaults: RemoteDefaults) throws -> ClientConfiguration.Proxy? {
        guard let text = remote.proxyURL ?? defaults.proxyURL, !text.isEmpty else { return nil }
        do {
            try RemoteURL.checkProxy(text)
            let isOwn = remote.proxyURL != nil
            return .init(
                url: try RemoteURL(text), username: isOwn ? remote.proxyUsername : nil,
                password: isOwn ? remote.proxyPassword : nil)
        } catch {
            throw DownloadFailure(final: PulpError(.urlScheme, "the proxy \(RemoteURL.redacted(text)): \(error.message)"))
        }
    }

    /// What the downloader decides itself, or what belongs to one connection.
    private static let reserved: Set<String> = [
        "accept-encoding", "connection", "content-length", "if-range", "keep-alive", "proxy-authorization", "proxy-connection",
        "range", "te", "trailer", "transfer-encoding", "upgrade", "user-agent",
    ]

    private static func headers(of remote: RemoteSettings, _ defaults: RemoteDefaults) -> (open: HTTPHeaders, secret: HTTPHeaders) {
        var agent = defaults.userAgent.contains("/") ? defaults.userAgent : "\(defaults.userAgent)/\(Pulp.version)"
        var secret = HTTPHeaders()
        for header in remote.headers.headers {
            let name = header.name.lowercased()
            if name == "user-agent" { agent += ", \(header.value)" }
            if !reserved.contains(name) { secret.add(name: header.name, value: header.value) }
        }
        if let username = remote.username {
            let basic = HTTPClient.Authorization.basic(username: username, password: remote.password ?? "")
            secret.replaceOrAdd(name: "Authorization", value: basic.headerValue)
        }
        return (["User-Agent": agent, "Accept": "*/*", "Accept-Encoding": "identity"], secret)
    }
}
