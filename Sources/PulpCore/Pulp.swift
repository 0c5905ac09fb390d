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

    /// What the operator decided; fixed while the store is open.
    public let settings: Settings
    /// Where rows are kept.
    public let database: any Database
    /// Where artifact bytes are kept.
    public let store: any ArtifactStore
    /// The kinds of content that the store knows, in the order in which they were given.
    public let plugins: [Plugin]
    /// Fetches from remotes, with the limits of each.
    public let downloader: Downloader
    /// Stores, finds and deletes resources within a transaction of ``database``.
    public let resources: Resources
    let downloads: SharedDownloads
    /// Dispatches and runs tasks, and knows of their ends.
    public let tasks: TaskEngine
    /// Answers the requests of client machines.
    public let serving: Serving
    /// Where what happens is written to.
    public var logger: Logger { settings.logger }
    /// Who may do what, as the core and the plugins declare it.
    public var rules: AccessRules { resources.rules }
}

extension Pulp {
    /// The same with another view of its database.
    init(_ pulp: Pulp, database: any Database) {
        (settings, store, plugins) = (pulp.settings, pulp.store, pulp.plugins)
        (downloader, resources, downloads) = (pulp.downloader, pulp.resources, pulp.downloads)
        (tasks, serving) = (pulp.tasks, pulp.serving)
        self.database = database
    }
}
