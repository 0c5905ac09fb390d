public import Logging
internal import Synchronization

/// A log that a test reads.
public final class LogRecorder: Sendable {
    /// One line of the log.
    public struct Line: Sendable {
        /// How grave it is.
        public let level: Logger.Level
        /// Its text, without what stands beside it.
        public let message: String
        /// What stands beside the text, as it is printed.
        public let metadata: [String: String]
    }

    private let recorded = Mutex<[Line]>([])
    private let onLine: @Sendable (Line) -> Void

    /// An empty log.
    /// - Parameter onLine: called with each line, once it is here.
    public init(onLine: @escaping @Sendable (Line) -> Void = { _ in }) { self.onLine = onLine }

    /// All lines of a level and of graver ones, in their order.
    public func lines(from level: Logger.Level = .trace) -> [Line] { recorded.withLock { $0.filter { $0.level >= level } } }

    /// Writes everything here.
    public var logger: Logger { Logger(label: "recorded") { _ in Handler(recorder: self) } }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let metadata = metadata.merging(event.metadata ?? [:]) { _, new in new }.mapValues { "\($0)" }
            let line = Line(level: event.level, message: "\(event.message)", metadata: metadata)
            recorder.recorded.withLock { $0.append(line) }
            recorder.onLine(line)
        }
    }
}
