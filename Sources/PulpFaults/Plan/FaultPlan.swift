import PulpTesting

/// What is done, and what goes wrong, at which moment of a run: a value that its seed decides.
public struct FaultPlan: Sendable, Hashable {
    /// Something that is begun at a moment, whether or not what began before has ended.
    struct Step: Sendable, Hashable {
        /// Since the beginning.
        let at: Duration
        let action: Action
    }

    enum Action: Sendable, Hashable {
        case dispatch(Operation)
        /// Several tasks as a group, which is canceled after a time, or not.
        case group([Operation], cancel: Duration?)
        /// One of the tasks that have not ended.
        case cancel(choice: UInt64)
        /// `pulpctl`, killed after a time, or not.
        case control(Control, kill: Duration?)
        /// An upstream has other files from now on.
        case advance(upstream: Int)
        /// The upstream lies in so many of a hundred answers from now on.
        case lie(percent: Int)
        /// `SIGKILL` for a process, which is started again after a time.
        case kill(process: Int, for: Duration)
        /// `SIGTERM` for a process, which is started again when it has ended.
        case restart(process: Int)
        /// `SIGSTOP`, and `SIGCONT` after a time.
        case pause(process: Int, for: Duration)
        case stopDatabase(for: Duration)
        case fillDisk(kilobytesLeft: Int, for: Duration)
    }

    /// What `pulpctl` is asked to do.
    enum Control: CaseIterable, Sendable, Hashable {
        case check, mirror, synchronize, cleanUp, list
    }

    /// How many `pulpd` there are: the first serves content too.
    static let processes = 3

    let steps: [Step]

    /// The names of what goes wrong in it, in the order of their moments.
    public var faults: [String] {
        steps.compactMap { step in
            switch step.action {
            case .dispatch, .group, .cancel, .control, .advance: nil
            case .lie: "lie"
            case .kill: "kill"
            case .restart: "restart"
            case .pause: "pause"
            case .stopDatabase: "stopDatabase"
            case .fillDisk: "fillDisk"
            }
        }
    }

    /// The plan of a seed.
    /// - Parameters:
    ///   - duration: when the last step is begun, at the latest.
    ///   - timeToLive: how long a worker may be silent.
    ///   - outage: how long the database server is away each time.
    ///   - hasServer: whether the database has a server that can be stopped.
    public init(seed: UInt64, kind: FaultKind, duration: Duration, timeToLive: Duration, outage: Duration, hasServer: Bool) {
        var random = SplitMix(seed: seed)
        var steps: [Step] = []
        /// Adds steps at random moments, one for each such time on average.
        func add(every interval: Duration, from start: Duration = .zero, _ action: (inout SplitMix) -> Action) {
            var moment = start
            while true {
                moment += interval * Double.random(in: 0.2...1.8, using: &random)
                guard moment < duration else { return }
                steps.append(Step(at: moment, action: action(&random)))
            }
        }
        for upstream in 0..<Upstreams.count { steps.append(Step(at: .zero, action: .dispatch(.mirror(upstream)))) }
        add(every: .milliseconds(120)) { .dispatch(.random(using: &$0)) }
        add(every: .seconds(2)) { random in
            let operations = (0..<4).map { _ in Operation.random(using: &random) }
            return .group(operations, cancel: Bool.random(using: &random) ? .milliseconds(Int.random(in: 0...800, using: &random)) : nil)
        }
        add(every: .milliseconds(700)) { .cancel(choice: $0.next()) }
        add(every: .milliseconds(500)) { .advance(upstream: Int.random(in: 0..<Upstreams.count, using: &$0)) }
        add(every: .milliseconds(1500)) { random in
            let control = Control.allCases[Int.random(in: 0..<Control.allCases.count, using: &random)]
            let isKilled = kind.killsProcesses && Bool.random(using: &random)
            return .control(control, kill: isKilled ? .milliseconds(Int.random(in: 0...600, using: &random)) : nil)
        }
        if kind.hasLies { add(every: .milliseconds(800)) { .lie(percent: [0, 10, 30, 60].randomElement(using: &$0) ?? 0) } }
        if kind.killsProcesses {
            add(every: .milliseconds(900)) { random in
                let process = Int.random(in: 0..<Self.processes, using: &random)
                return Int.random(in: 0..<6, using: &random) == 0
                    ? .restart(process: process)
                    : .kill(process: process, for: .milliseconds(Int.random(in: 0...1500, using: &random)))
            }
        }
        if kind.pausesProcesses {
            add(every: timeToLive * 1.5) { .pause(process: Int.random(in: 0..<Self.processes, using: &$0), for: timeToLive * 2) }
        }
        // The first sync takes a moment, without which nothing is there to be disturbed.
        if kind.stopsDatabase, hasServer { add(every: outage + .seconds(4), from: .seconds(1)) { _ in .stopDatabase(for: outage) } }
        if kind.fillsDisk {
            add(every: .seconds(3), from: .milliseconds(500)) { random in
                .fillDisk(
                    kilobytesLeft: [0, 8, 60, 400, 2000].randomElement(using: &random) ?? 0,
                    for: .milliseconds(Int.random(in: 200...2500, using: &random)))
            }
        }
        self.steps = steps.sorted { $0.at < $1.at }
    }
}
