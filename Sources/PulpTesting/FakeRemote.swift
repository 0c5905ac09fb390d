internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
public import NIOSSL
internal import Synchronization

/// An HTTP server on the loopback interface that lies on demand, for tests of what fetches.
///
/// ```swift
/// try await withFakeRemote(["/a.txt": .file("hello")]) { remote in
///     remote.answer("/flaky", with: .status(503), .file("at last"))
///     …
///     #expect(remote.count(of: "/a.txt") == 1)
/// }
/// ```
public final class FakeRemote: Sendable {
    /// What every request must prove.
    public enum Authentication: Sendable {
        case none
        /// `Authorization`, else 401.
        case basic(username: String, password: String)
        /// `Proxy-Authorization`, else 407.
        case proxy(username: String, password: String)
    }

    private struct State {
        var scripts: [String: [FakeAnswer]] = [:]
        var fallback: (@Sendable (FakeRequest) -> FakeAnswer)?
        var requests: [FakeRequest] = []
        var counts: [String: Int] = [:]
        var running = 0
        var mostRunning = 0
        var authentication = Authentication.none
    }

    private let state = Mutex(State())
    /// Whether each request is kept for ``requests``; turn it off for very many.
    private let records = Atomic<Bool>(true)
    private let port = Atomic<Int>(0)
    private let scheme: String

    /// The base URL, with a slash at its end: `http://127.0.0.1:PORT/`, or `https`.
    public var url: String { "\(scheme)://127.0.0.1:\(port.load(ordering: .relaxed))/" }

    /// The port that it listens on.
    public var portNumber: Int { port.load(ordering: .relaxed) }

    fileprivate init(_ answers: [String: FakeAnswer], scheme: String) {
        self.scheme = scheme
        state.withLock { $0.scripts = answers.mapValues { [$0] } }
    }

    /// The URL of a path.
    /// - Parameter path: begins with a slash.
    public func url(of path: String) -> String { url + path.dropFirst() }

    /// Says how requests for a path are answered: the first with the first answer, and so on; the last answer stays.
    public func answer(_ path: String, with answers: FakeAnswer...) {
        state.withLock { $0.scripts[path] = answers }
    }

    /// Says how requests are answered that no path's answers are for; 404 otherwise.
    public func answerOthers(_ answer: @escaping @Sendable (FakeRequest) -> FakeAnswer) {
        state.withLock { $0.fallback = answer }
    }

    /// Refuses requests without this authentication from now on.
    public func require(_ authentication: Authentication) {
        state.withLock { $0.authentication = authentication }
    }

    /// Stops remembering requests; only their numbers are kept.
    public func forgetRequests() { records.store(false, ordering: .relaxed) }

    /// All requests so far.
    public var requests: [FakeRequest] { state.withLock { $0.requests } }

    /// The requests for a path so far.
    public func requests(for path: String) -> [FakeRequest] { requests.filter { $0.path == path } }

    /// How many requests came for a path.
    public func count(of path: String) -> Int { state.withLock { $0.counts[path, default: 0] } }

    /// How many requests came.
    public var count: Int { state.withLock { $0.counts.values.reduce(0, +) } }

    /// The most requests that were being answered at one moment.
    public var mostAtOnce: Int { state.withLock { $0.mostRunning } }

    fileprivate func listen(_ port: Int) { self.port.store(port, ordering: .relaxed) }

    func begin(_ request: FakeRequest) -> FakeAnswer {
        let isRecorded = records.load(ordering: .relaxed)
        let path = request.path
        return state.withLock { state in
            if isRecorded { state.requests.append(request) }
            state.counts[path, default: 0] += 1
            state.running += 1
            state.mostRunning = max(state.mostRunning, state.running)
            if let refusal = state.authentication.refusal(of: request) { return refusal }
            if let script = state.scripts[path], let next = script.first {
                if script.count > 1 { state.scripts[path]?.removeFirst() }
                return next
            }
            return state.fallback?(request) ?? .status(404)
        }
    }

    func end() { state.withLock { $0.running -= 1 } }
}

extension FakeRemote.Authentication {
    fileprivate func refusal(of request: FakeRequest) -> FakeAnswer? {
        switch self {
        case .none: nil
        case .basic(let username, let password):
            request.header("Authorization") == Self.basic(username, password)
                ? nil : .status(401).header("WWW-Authenticate", "Basic realm=\"fake\"")
        case .proxy(let username, let password):
            request.header("Proxy-Authorization") == Self.basic(username, password)
                ? nil : .status(407).header("Proxy-Authenticate", "Basic realm=\"fake\"")
        }
    }

    private static func basic(_ username: String, _ password: String) -> String {
        "Basic \(Data("\(username):\(password)".utf8).base64EncodedString())"
    }
}

/// Runs a body beside a ``FakeRemote``, and stops the remote afterwards.
/// - Parameter tls: how it speaks TLS, see ``FakeAuthority``; nil for plain HTTP.
public func withFakeRemote<Value>(
    _ answers: [String: FakeAnswer] = [:], tls: TLSConfiguration? = nil, _ body: (FakeRemote) async throws -> Value
) async throws -> Value {
    let remote = FakeRemote(answers, scheme: tls == nil ? "http" : "https")
    let context = try tls.map { try NIOSSLContext(configuration: $0) }
    let connections = FakeConnections()
    let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .serverChannelOption(.backlog, value: 1024)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
        .childChannelInitializer { channel in
            connections.add(channel)
            return channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                if let context { try pipeline.addHandler(NIOSSLServerHandler(context: context)) }
                try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: true, withErrorHandling: true)
                try pipeline.addHandler(FakeRemoteHandler(remote))
            }
        }
        .bind(host: "127.0.0.1", port: 0).get()
    remote.listen(listener.localAddress?.port ?? 0)
    let result: Result<Value, any Error>
    do { result = .success(try await body(remote)) } catch { result = .failure(error) }
    try await listener.close()
    connections.closeAll()
    return try result.get()
}

/// The open connections of a server, so that they end with it.
private final class FakeConnections: Sendable {
    private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

    func add(_ channel: any Channel) {
        let key = ObjectIdentifier(channel)
        channels.withLock { $0[key] = channel }
        channel.closeFuture.whenComplete { _ in self.channels.withLock { $0[key] = nil } }
    }

    func closeAll() {
        for channel in channels.withLock({ Array($0.values) }) { channel.close(promise: nil) }
    }
}
