public import PulpCore

/// What decides for a ``ContentServer``: ``PulpCore/Serving``, or a test's own.
public protocol AnswerSource: Sendable {
    /// An answer that needs neither database nor waiting; called on an event loop. Nil when there is none.
    /// - Parameter credentials: what the client shows, asked for only where a guard wants to see it.
    func cachedAnswer(_ request: ContentRequest, _ credentials: () -> ClientCredentials) -> Answer?
    /// Decides, and may wait.
    /// - Parameter credentials: what the client shows to guards.
    func answer(_ request: ContentRequest, _ credentials: ClientCredentials) async throws -> Answer
    /// Drops answers that are kept: a file that one of them named is not there.
    func invalidate()
}

extension Serving: AnswerSource {}
