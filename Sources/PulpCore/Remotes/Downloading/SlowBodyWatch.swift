internal import NIOCore

/// Ends bodies that arrive, but so slowly that they never end: a server that sends a byte now and then escapes every idle timeout.
struct SlowBodyWatch: Hashable, Sendable {
    static let window = Duration.seconds(60)
    /// The fewest bytes that a window must bring.
    static let fewest = 1024

    private var start: Timestamp
    private var count = 0

    init(start: Timestamp) { self.start = start }

    /// Counts bytes.
    /// - Throws: ``DownloadFailure`` when they are too few for the time, or the deadline has passed.
    mutating func check(_ bytes: Int, now: Timestamp, deadline: NIODeadline, _ name: String) throws {
        if deadline != .distantFuture, deadline < .now() {
            throw DownloadFailure(.interrupted, .timeout, "\(name): it takes too long")
        }
        count += bytes
        guard now - start >= Self.window else { return }
        guard count >= Self.fewest else {
            throw DownloadFailure(
                .interrupted, .timeout, "\(name): less than \(Self.fewest) bytes came in \(Self.window)")
        }
        (start, count) = (now, 0)
    }
}
