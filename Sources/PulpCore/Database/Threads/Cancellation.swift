internal import Synchronization

/// Whether the task that waits for a piece of work has been canceled.
package final class Cancellation: Sendable {
    private let flag = Atomic(false)

    package init() {}

    package var isRequested: Bool { flag.load(ordering: .relaxed) }
    package func request() { flag.store(true, ordering: .relaxed) }
}
