package import NIOCore

/// The time that downloading goes by; tests bring their own.
package struct DownloadTime: Sendable {
    package var now: @Sendable () -> Timestamp
    package var sleep: @Sendable (Duration) async throws -> Void
    /// A random number of 0..<1.
    package var jitter: @Sendable () -> Double

    package init(
        now: @escaping @Sendable () -> Timestamp, sleep: @escaping @Sendable (Duration) async throws -> Void,
        jitter: @escaping @Sendable () -> Double
    ) {
        (self.now, self.sleep, self.jitter) = (now, sleep, jitter)
    }

    package static let system = DownloadTime(
        now: { .now }, sleep: { try await Task.sleep(for: $0) }, jitter: { .random(in: 0..<1) })
}

extension TimeAmount {
    /// A duration in whole nanoseconds; one too long to count is as long as can be counted.
    package init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        self = .nanoseconds(overflow || seconds > 1 << 32 ? 1 << 62 : product + attoseconds / 1_000_000_000)
    }
}
