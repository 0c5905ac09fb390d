/// Turns a request into what to send. Knows no HTTP server.
public final class Serving: Sendable {
    init() {}

    /// Decides. Answers from a cache, which any change of what is distributed drops.
    public func answer(_ request: ContentRequest) async throws -> Answer { .notFound(reason: nil) }

    /// An answer that needs neither database nor waiting, for a server's event loop; nil when there is none.
    public func cachedAnswer(_ request: ContentRequest) -> Answer? { nil }
}
