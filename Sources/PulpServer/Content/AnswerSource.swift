public import PulpCore

/// What decides for a ``ContentServer``: ``PulpCore/Serving``, or a test's own.
public protocol AnswerSource: Sendable {
    /// An answer that needs neither database nor waiting; called on an event loop. Nil when there is none.
    func cachedAnswer(_ request: ContentRequest) -> Answer?
    /// Decides, and may wait.
    func answer(_ request: ContentRequest) async throws -> Answer
    /// Drops answers that are kept: a file that one of them named is not there.
    func invalidate()
}

extension Serving: AnswerSource {}
