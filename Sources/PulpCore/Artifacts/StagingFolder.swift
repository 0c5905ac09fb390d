/// A folder of this machine for artifacts that are on their way into a store which keeps its bytes elsewhere.
///
/// Any number of processes may share it.
package final class StagingFolder: Sendable {
    private let path: String
    private let area: StagingArea
    private let threads = BlockingThreads(count: 4)

    /// Makes the folder (not its parents) when there is none.
    /// - Throws: ``PulpError`` that names the folder.
    package init(_ path: String) throws {
        try makeDirectory(path)
        self.path = path
        area = try StagingArea.make(below: path)
    }

    /// A staged artifact that is kept in memory up to 64 KiB, then in a file.
    package func stage(_ algorithms: Set<DigestAlgorithm>) -> LocalStagedArtifact {
        LocalStagedArtifact(algorithms, in: area, on: threads)
    }

    /// Removes the files of dead processes, and older ones of living processes.
    package func sweep(olderThan moment: Timestamp) async throws -> Int {
        try await threads.run { try StagingArea.sweep(self.path, olderThan: moment) }
    }

    /// The paths of the files that dead processes left.
    package func abandonedFiles() async throws -> [String] {
        try await threads.run { try StagingArea.files(in: self.path).filter(\.isAbandoned).map(\.path) }
    }
}
