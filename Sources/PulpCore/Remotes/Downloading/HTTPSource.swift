internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// Sends requests to checked addresses, through proxies, after redirects.
struct HTTPSource: Sendable {
    let clients: ClientCache
    let resolver: HostResolver
    let policy: AddressPolicy

    /// What a request was answered with.
    struct Answer {
        let response: HTTPClientResponse
        /// Where the answer came from, after redirects.
        let url: RemoteURL
        let proxy: String?

        var head: ResumePlan.Head {
            let headers = response.headers
            return ResumePlan.Head(
                status: Int(response.status.code),
                contentLength: headers.first(name: "content-length").flatMap { Int64($0) },
                contentRange: headers.first(name: "content-range"), entityTag: headers.first(name: "etag"),
                lastModified: headers.first(name: "last-modified"), date: headers.first(name: "date"))
        }

        /// The failure that an error while the body arrived means.
        func failure(_ error: any Error) -> DownloadFailure {
            DownloadFailure(error, target: url.redacted, proxy: proxy)
        }

        /// The failure that the status means.
        func refusal(now: Timestamp) -> DownloadFailure {
            let status = response.status
            if status == .proxyAuthenticationRequired, let proxy {
                return DownloadFailure(
                    final: PulpError(.proxyAuthentication, "\(url.redacted): the proxy \(proxy) wants other credentials"))
            }
            let wish = response.headers.first(name: "retry-after").flatMap { RetryPolicy.retryAfter($0, now: now) }
            let reason = status.reasonPhrase.isEmpty ? "" : " \(status.reasonPhrase)"
            return DownloadFailure(
                .status(Int(status.code), retryAfter: wish), .http, "\(url.redacted): the server answered \(status.code)\(reason)")
        }
    }

    private enum Outcome<Value> {
        case value(Value)
        case moved(to: String)
    }

    /// Sends a request, follows redirects, and lends the answer to a body, which reads what it needs of the response.
    /// - Throws: ``DownloadFailure``, `CancellationError`, and what the body throws.
    func withAnswer<Value>(
        to start: RemoteURL, _ access: RemoteAccess, adding extra: [(String, String)], deadline: NIODeadline,
        _ body: (Answer) async throws -> Value
    ) async throws -> Value {
        var url = start
        var hop = 0
        while true {
            var headers = access.headers(for: url)
            headers.add(contentsOf: extra)
            let outcome = try await exchange(url, access, headers, deadline) { answer in
                if let location = Self.location(of: answer.response) { return Outcome<Value>.moved(to: location) }
                return .value(try await body(answer))
            }
            switch outcome {
            case .value(let value): return value
            case .moved(let location):
                do { url = try RedirectPolicy.target(of: location, from: url, hop: hop) } catch {
                    throw DownloadFailure(final: error)
                }
                hop += 1
            }
        }
    }

    private static func location(of response: HTTPClientResponse) -> String? {
        guard [301, 302, 303, 307, 308].contains(response.status.code) else { return nil }
        return response.headers.first(name: "location")
    }

    /// One request, to the first of the host's addresses that can be connected to.
    private func exchange<Value>(
        _ url: RemoteURL, _ access: RemoteAccess, _ headers: HTTPHeaders, _ deadline: NIODeadline,
        _ body: (Answer) async throws -> Value
    ) async throws -> Value {
        let proxy = access.proxy?.url.origin
        if let refusal = Self.refusal(of: access.proxy, for: url) { throw DownloadFailure(final: refusal) }
        if access.proxy != nil, let literal = url.literalAddress, let refusal = policy.refusal(of: literal) {
            throw DownloadFailure(final: PulpError(.connection, "\(url.redacted) is refused: it is \(refusal.rawValue)"))
        }
        let host = access.proxy?.url.host ?? url.host
        let addresses = try await resolver.addresses(of: host, allowedBy: access.proxy == nil ? policy : access.proxyPolicy)
        var (request, configuration) = Self.route(url, access, headers, ClientConfiguration.Pin(host: host, address: addresses[0]))
        for (index, address) in addresses.prefix(4).enumerated() {
            configuration.pin.address = address
            do {
                return try await clients.withClient(configuration) { client in
                    let response = try await Self.send(request, with: client, deadline) {
                        DownloadFailure($0, target: url.redacted, proxy: proxy)
                    }
                    return try await body(Answer(response: response, url: url, proxy: proxy))
                }
            } catch let failure as DownloadFailure where failure.isConnecting && index + 1 < min(addresses.count, 4) {
                continue
            }
        }
        preconditionFailure("a host without addresses")
    }

    /// A tunnel is asked for in clear text, credentials included, whatever the proxy's URL promises.
    private static func refusal(of proxy: ClientConfiguration.Proxy?, for url: RemoteURL) -> PulpError? {
        guard let proxy, proxy.url.scheme == .https, url.scheme == .https else { return nil }
        return PulpError(
            .urlScheme,
            "\(url.redacted): the proxy \(proxy.url.origin) cannot be used: an https proxy is for http URLs only; https URLs need one "
                + "whose URL begins with http://, or none")
    }

    private static func send(
        _ request: HTTPClientRequest, with client: HTTPClient, _ deadline: NIODeadline,
        translate: (any Error) -> DownloadFailure
    ) async throws -> HTTPClientResponse {
        do { return try await client.execute(request, deadline: deadline) } catch {
            try Task.checkCancellation()
            throw translate(error)
        }
    }

    private static func route(
        _ url: RemoteURL, _ access: RemoteAccess, _ headers: HTTPHeaders, _ pin: ClientConfiguration.Pin
    ) -> (HTTPClientRequest, ClientConfiguration) {
        var request = HTTPClientRequest(url: url.request)
        request.headers = headers
        var configuration = ClientConfiguration(
            way: .direct, tls: access.tls(for: url), pin: pin,
            connectTimeout: access.connectTimeout, readTimeout: access.readTimeout)
        guard let proxy = access.proxy else { return (request, configuration) }
        if url.scheme == .https {
            configuration.way = .tunnel(proxy)
        } else {
            configuration.way = .proxy
            configuration.tls = proxy.url.scheme == .https ? ClientConfiguration.TLS() : nil
            let host = String(url.origin.dropFirst("http://".count))
            request.url = proxy.url.origin + url.request.dropFirst(url.origin.count)
            request.headers.replaceOrAdd(name: "Host", value: host)
            if let authorization = proxy.authorization {
                request.headers.replaceOrAdd(name: "Proxy-Authorization", value: authorization)
            }
        }
        return (request, configuration)
    }
}
