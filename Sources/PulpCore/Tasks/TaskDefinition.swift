/// A kind of background work: its stored properties are its arguments, and its locks are computed from them, so that no
/// caller can forget one.
///
/// ```swift
/// struct PublishFiles: TaskDefinition {
///     static let name = "pulp_file.app.tasks.publishing.publish"
///     var repository: ID<FileRepository>
///     var locks: Locks { .shared(repository) }
///     func run(in context: TaskContext) async throws -> ID<FilePublication> { … }
/// }
/// ```
public protocol TaskDefinition: Codable, Sendable {
    /// What the task gives to who waits for it; ``Empty`` for a task that has nothing to say.
    associatedtype Output: Codable & Sendable
    /// The name on the wire; Pulp's, where Pulp has such a task.
    static var name: String { get }
    /// Whether ``Pulp/run(_:group:onProgress:)`` has its own process run the task, and no other: the task works on files of the
    /// machine that asks for it. False unless a kind of task says otherwise.
    static var staysWithCaller: Bool { get }
    /// Whether the task is so short that it may run where it is dispatched, for at most five seconds (``TaskExecution``).
    static var isImmediate: Bool { get }
    /// What the task needs while it runs; computed from the arguments alone.
    var locks: Locks { get }
    /// Does the work, at most once.
    ///
    /// Canceled through Swift's cancellation: every `await` may throw `CancellationError`.
    func run(in context: TaskContext) async throws -> Output
}

extension TaskDefinition {
    /// No, unless a task says otherwise.
    public static var isImmediate: Bool { false }
    /// No: whoever has time may run it.
    public static var staysWithCaller: Bool { false }
}

/// The resources that a task needs for itself (exclusive) or together with others (shared), by PRN.
public struct Locks: Sendable, Hashable {
    /// What the task must have for itself.
    public var exclusive: Set<String>
    /// What the task uses together with others.
    public var shared: Set<String>

    /// Locks on these PRNs; what is in both sets is exclusive.
    public init(exclusive: Set<String> = [], shared: Set<String> = []) {
        self.exclusive = exclusive
        self.shared = shared.subtracting(exclusive)
    }

    /// No locks: the task may run at any time.
    public static let none = Locks()
    /// A resource for the task alone.
    public static func exclusive<R>(_ id: ID<R>) -> Self { Locks(exclusive: [id.prn]) }
    /// A resource together with other tasks that share it.
    public static func shared<R>(_ id: ID<R>) -> Self { Locks(shared: [id.prn]) }
    /// A lock on a name that is no resource's: `orphans`, `repair`.
    public static func exclusive(named name: String) -> Self { Locks(exclusive: ["pdrn:\(Locks.domain):\(name)"]) }
    /// A name that is no resource's, together with other tasks that share it.
    public static func shared(named name: String) -> Self { Locks(shared: ["pdrn:\(Locks.domain):\(name)"]) }

    /// The locks of both; exclusive wins.
    public static func + (left: Self, right: Self) -> Self {
        Locks(exclusive: left.exclusive.union(right.exclusive), shared: left.shared.union(right.shared))
    }

    /// The UUID of the default domain, as the first layout of the database makes it.
    static let domain = "00000000-0000-7000-8000-000000000001"
}
