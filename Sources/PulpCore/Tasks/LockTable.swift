/// The rule by which tasks get their locks, as a pure value.
///
/// The database does the same in SQL (`LockQueue`), and is tested against it.
///
/// Each resource has a queue in the order of dispatch. The first exclusive lock of a queue is granted when it is the first of
/// all; shared locks are granted as far as no exclusive one precedes them. A task may run when all its locks are granted.
/// A granted lock stays granted until its task releases it. Nobody overtakes, so nobody starves; and since a task enters all its
/// queues at once, tasks cannot wait for each other in a circle.
struct LockTable {
    private struct Entry {
        let task: Int64
        let exclusive: Bool
        var granted: Bool
    }

    private var queues: [String: [Entry]] = [:]
    private var locks: [Int64: Locks] = [:]
    private var waiting: [Int64: Int] = [:]

    /// The tasks that hold or await locks.
    var tasks: Set<Int64> { Set(locks.keys) }

    /// Whether all locks of a task are granted.
    func isRunnable(_ task: Int64) -> Bool { locks[task] != nil && missing(task) == 0 }

    /// How many locks a task must still wait for.
    func missing(_ task: Int64) -> Int { waiting[task, default: 0] }

    /// Puts a task into the queues of its locks.
    /// - Returns: the number of locks that it must wait for.
    /// - Precondition: the table does not know the task.
    mutating func dispatch(_ task: Int64, _ locks: Locks) -> Int {
        precondition(self.locks.updateValue(locks, forKey: task) == nil, "task \(task) was dispatched twice")
        var missing = 0
        for (resource, exclusive) in locks.all {
            let queue = queues[resource, default: []]
            let granted = exclusive ? queue.isEmpty : !queue.contains { $0.exclusive }
            if !granted { missing += 1 }
            queues[resource, default: []].append(Entry(task: task, exclusive: exclusive, granted: granted))
        }
        if missing > 0 { waiting[task] = missing }
        return missing
    }

    /// Takes a task out of all its queues, whether it ran or waited.
    /// - Returns: the tasks that may run now and could not before.
    mutating func release(_ task: Int64) -> Set<Int64> {
        guard let released = locks.removeValue(forKey: task) else { return [] }
        waiting[task] = nil
        var runnable: Set<Int64> = []
        for (resource, _) in released.all {
            for granted in grant(resource, without: task) {
                waiting[granted, default: 0] -= 1
                if waiting[granted] == 0 {
                    waiting[granted] = nil
                    runnable.insert(granted)
                }
            }
        }
        return runnable
    }

    /// The tasks that precede a waiting task on a resource in such a way that it must wait for them.
    func blockers(of task: Int64, on resource: String) -> [Int64] {
        guard let queue = queues[resource], let index = queue.firstIndex(where: { $0.task == task }) else { return [] }
        return queue[..<index].filter { queue[index].exclusive || $0.exclusive }.map(\.task)
    }

    /// Removes a task from one queue, and grants what the rule grants then.
    private mutating func grant(_ resource: String, without task: Int64) -> [Int64] {
        guard var queue = queues[resource] else { return [] }
        queue.removeAll { $0.task == task }
        var granted: [Int64] = []
        for index in queue.indices {
            if queue[index].exclusive && index > 0 { break }
            if !queue[index].granted {
                queue[index].granted = true
                granted.append(queue[index].task)
            }
            if queue[index].exclusive { break }
        }
        queues[resource] = queue.isEmpty ? nil : queue
        return granted
    }
}

extension Locks {
    /// Every lock with its resource, in the order of the resources' names.
    var all: [(resource: String, exclusive: Bool)] {
        (exclusive.map { ($0, true) } + shared.map { ($0, false) }).sorted { $0.0 < $1.0 }
    }

    /// These locks, and the domain's: shared, so that a task with the domain for itself waits for all others, and they for it.
    var withDomain: Locks { self + Locks(shared: ["prn:core.domain:\(Locks.domain)"]) }
}
