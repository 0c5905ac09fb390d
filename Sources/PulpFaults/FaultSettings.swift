import PulpCore
public import PulpTesting

/// One run: what goes wrong, where, for how long.
public struct FaultSettings: Sendable {
    /// What goes wrong.
    public var kind: FaultKind
    /// Where rows are kept.
    public var database: DatabaseKind
    /// Where bytes are kept.
    public var store: FaultStore
    /// What decides everything that is decided at random.
    public var seed: UInt64
    /// How long things go wrong.
    public var duration: Duration
    /// How long a worker may be silent (`PULP_WORKER_TTL`), in whole seconds.
    public var timeToLive = 2
    /// How long the database server is away each time.
    public var outage: Duration
    /// How long everything may take to come to rest afterwards.
    public var patience: Duration = .seconds(60)

    /// A run of a kind that is over soon.
    public init(
        _ kind: FaultKind, _ database: DatabaseKind, store: FaultStore = .local, seed: UInt64, duration: Duration = .seconds(4),
        outage: Duration = .seconds(2)
    ) {
        (self.kind, self.database, self.store, self.seed) = (kind, database, store, seed)
        (self.duration, self.outage) = (duration, outage)
    }

    /// Whether there is such a run.
    public var isPossible: Bool {
        switch kind {
        case .database: database == .postgreSQL
        case .disk: SmallFileSystem.isPermitted
        default: true
        }
    }

    /// What the run will do: the same for the same settings.
    public var plan: FaultPlan {
        FaultPlan(
            seed: seed, kind: kind, duration: duration, timeToLive: .seconds(timeToLive), outage: outage,
            hasServer: database == .postgreSQL)
    }
}
