/// An open Pulp: a database, an artifact store, the plugins, a task engine and what serves.
///
/// ```swift
/// let pulp = try await Pulp(at: "./pulp-data", plugins: [.file])
/// ```
public struct Pulp: Sendable {
    public let settings: Settings
    public let database: any Database
    public let store: any ArtifactStore
    public let plugins: [Plugin]
    public let downloader: Downloader
    public let tasks: TaskEngine
    public let serving: Serving
}
