import PulpTesting

@testable import PulpCore

/// The rule in its plainest words, and at full cost: a task may run when no older unfinished task wants anything that it cannot
/// share with it.
struct NaiveLocks {
    private(set) var tasks: [(task: Int64, locks: Locks)] = []

    mutating func dispatch(_ task: Int64, _ locks: Locks) { tasks.append((task, locks)) }
    mutating func release(_ task: Int64) { tasks.removeAll { $0.task == task } }

    var runnable: Set<Int64> {
        var taken = Locks.none
        var runnable: Set<Int64> = []
        for (task, locks) in tasks {
            let collides =
                !locks.exclusive.isDisjoint(with: taken.exclusive.union(taken.shared))
                || !locks.shared.isDisjoint(with: taken.exclusive)
            if !collides { runnable.insert(task) }
            taken.exclusive.formUnion(locks.exclusive)
            taken.shared.formUnion(locks.shared)
        }
        return runnable
    }
}

/// Random dispatches, ends of running tasks, and cancellations of waiting ones.
struct LockHistory {
    enum Step {
        case dispatch(Int64, Locks)
        case release(Int64)
    }

    private var dice: SplitMix
    private let resources: [String]
    private let crowd: Int
    private var next: Int64 = 0

    /// - Parameter crowd: about how many tasks there are at a time.
    init(seed: UInt64, resources: Int, crowd: Int) {
        dice = SplitMix(seed: seed)
        self.resources = (0..<resources).map { "r\($0)" }
        self.crowd = crowd
    }

    mutating func step(runnable: Set<Int64>, all: [Int64]) -> Step {
        if all.isEmpty || Int.random(in: 0..<(2 * crowd), using: &dice) >= all.count {
            next += 1
            return .dispatch(next, locks())
        }
        let canceled = Int.random(in: 0..<5, using: &dice) == 0
        let victims = canceled ? all : runnable.sorted()
        return .release(victims[Int.random(in: 0..<victims.count, using: &dice)])
    }

    private mutating func locks() -> Locks {
        var locks = Locks.none
        for _ in 0...Int.random(in: 0...3, using: &dice) {
            let resource = resources[Int.random(in: 0..<resources.count, using: &dice)]
            locks = locks + (Bool.random(using: &dice) ? Locks(exclusive: [resource]) : Locks(shared: [resource]))
        }
        return locks
    }
}
