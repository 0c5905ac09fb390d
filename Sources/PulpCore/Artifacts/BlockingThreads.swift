internal import NIOPosix

/// A few threads for system calls that block, so that no thread of Swift's cooperative pool ever waits for a disk.
///
/// The threads end with the last reference.
final class BlockingThreads: Sendable {
    private let pool: NIOThreadPool

    init(count: Int) {
        pool = NIOThreadPool(numberOfThreads: count)
        pool.start()
    }

    deinit {
        // Whoever waits for work holds a reference, so nothing is running that anybody waits for.
        pool.shutdownGracefully { _ in }
    }

    /// Runs a body on one of the threads; work of a task that was canceled before its turn is not begun.
    /// - Throws: what the body throws, or `CancellationError`.
    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await pool.runIfActive(body)
    }

    /// Runs a body that must run whether its task is canceled or not, and waits for it.
    func finish(_ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            pool.submit { _ in
                body()
                continuation.resume()
            }
        }
    }

    /// Runs a body some time later.
    func later(_ body: @escaping @Sendable () -> Void) {
        pool.submit { _ in body() }
    }
}
