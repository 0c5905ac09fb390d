internal import Synchronization

/// Counts the files and the bytes that a sync downloads, and reports them.
///
/// How many there will be is known once all units are declared: until then, more may come with every batch.
final class DownloadProgress: Sendable {
    private struct State {
        var files = 0
        var expectedFiles = 0
        var bytes: Int64 = 0
        /// Nil when there is a file of unknown size.
        var expectedBytes: Int64? = 0
        var isExpectationFinal = false
    }

    private let context: TaskContext
    private let state = Mutex(State())

    init(_ context: TaskContext) { self.context = context }

    /// Announces files, with their sizes as far as they are known.
    func expect(_ sizes: [Int64?]) async {
        state.withLock { state in
            state.expectedFiles += sizes.count
            for size in sizes { state.expectedBytes = state.expectedBytes.flatMap { sum in size.map { sum + $0 } } }
        }
        if !sizes.isEmpty { await report() }
    }

    /// The files that are announced next are the last.
    func expectNoMore() { state.withLock { $0.isExpectationFinal = true } }

    /// What to call with the number of bytes of one file that are there.
    func file() -> @Sendable (Int64, Int64?) async -> Void {
        let last = Mutex<Int64>(0)
        return { [self] count, _ in
            // Less than before when an attempt had to begin again.
            let more = last.withLock { last in
                defer { last = count }
                return max(0, count - last)
            }
            state.withLock { $0.bytes += more }
            await reportBytes()
        }
    }

    /// One more file is there.
    func fileArrived() async {
        state.withLock { $0.files += 1 }
        await report()
    }

    private func report() async {
        let state = state.withLock { $0 }
        await context.progress(
            ProgressReport.downloadedFiles, "Downloading Artifacts", done: state.files,
            total: state.isExpectationFinal ? state.expectedFiles : nil)
        await reportBytes()
    }

    private func reportBytes() async {
        let state = state.withLock { $0 }
        await context.progress(
            ProgressReport.downloadedBytes, "Downloading Bytes", done: Int(state.bytes),
            total: state.isExpectationFinal ? state.expectedBytes.map { Int($0) } : nil)
    }
}

extension ProgressReport {
    /// The code under which a sync counts the files that it has downloaded.
    public static let downloadedFiles = "sync.downloading.artifacts"
    /// The code under which a sync counts the bytes that it has downloaded, what had to be downloaded again included.
    public static let downloadedBytes = "sync.downloading.bytes"
}
