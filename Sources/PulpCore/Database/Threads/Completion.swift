internal import Synchronization

/// Something that happens once, for tasks to wait for.
package final class Completion: Sendable {
    /// Who waits; nil once it has happened.
    private let waiting = Mutex<[CheckedContinuation<Void, Never>]?>([])

    package init() {}

    package func complete() {
        let resumed = waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting ?? []
        }
        for continuation in resumed { continuation.resume() }
    }

    /// Returns when it has happened, at once if it has already.
    package func wait() async {
        await withCheckedContinuation { continuation in
            let isOver = waiting.withLock { waiting in
                waiting?.append(continuation)
                return waiting == nil
            }
            if isOver { continuation.resume() }
        }
    }
}
