internal import Foundation
public import Logging

/// An open Pulp: a database, an artifact store, the plugins, a task engine and what serves.
///
/// ```swift
/// let pulp = try await Pulp(at: "./pulp-data", plugins: [.file])
/// ```
///
/// A value: copy it freely. Any number of processes may open the same store at once.
public struct Pulp: Sendable {
    /// The version of this library, as it introduces itself to remotes.
    public static let version = "0.1.0"

    public let settings: Settings
    public let database: any Database
    public let store: any ArtifactStore
    public let plugins: [Plugin]
    public let downloader: Downloader
    public let resources: Resources
    public let tasks: TaskEngine
    public let serving: Serving
    public var logger: Logger { settings.logger }
}
