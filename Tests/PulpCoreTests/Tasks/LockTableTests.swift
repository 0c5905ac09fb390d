import Testing

@testable import PulpCore

@Suite("The rule of locks")
struct LockTableTests {
    @Test("shared locks run together, an exclusive one alone, and later readers do not overtake a waiting writer")
    func readersAndWriters() {
        var table = LockTable()
        #expect(table.dispatch(1, Locks(shared: ["a"])) == 0)
        #expect(table.dispatch(2, Locks(shared: ["a"])) == 0)
        #expect(table.dispatch(3, Locks(exclusive: ["a"])) == 1)
        #expect(table.dispatch(4, Locks(shared: ["a"])) == 1)
        #expect(table.dispatch(5, Locks(shared: ["a"])) == 1)
        #expect(table.release(1).isEmpty)
        #expect(table.release(2) == [3])
        #expect(table.release(3) == [4, 5])
    }

    @Test("a writer that leaves the queue lets the readers behind it join those before it")
    func canceledWriter() {
        var table = LockTable()
        _ = table.dispatch(1, Locks(shared: ["a"]))
        _ = table.dispatch(2, Locks(exclusive: ["a"]))
        _ = table.dispatch(3, Locks(shared: ["a"]))
        #expect(table.blockers(of: 3, on: "a") == [2])
        #expect(table.release(2) == [3])
    }

    @Test("locks taken in the orders AB and BA do not wait for each other in a circle")
    func crossedLocks() {
        var table = LockTable()
        #expect(table.dispatch(1, Locks(exclusive: ["a", "b"])) == 0)
        #expect(table.dispatch(2, Locks(exclusive: ["b", "a"])) == 2)
        #expect(table.dispatch(3, Locks(exclusive: ["b", "c"])) == 1)
        #expect(table.release(1) == [2])
        #expect(table.release(2) == [3])
    }

    /// Equality with the plain model after each step contains mutual exclusion, order, sharing and progress; equality of what
    /// `release` says with what changed contains that no grant is lost or given twice.
    @Test("random histories agree with the plain model", arguments: 0..<30)
    func randomHistories(seed: UInt64) {
        let crowd = [3, 10, 25][Int(seed % 3)]
        var history = LockHistory(seed: seed, resources: [2, 4, 8][Int(seed / 3 % 3)], crowd: crowd)
        var (table, plain) = (LockTable(), NaiveLocks())
        var runnable: Set<Int64> = []
        for _ in 0..<4000 {
            switch history.step(runnable: runnable, all: plain.tasks.map(\.task)) {
            case .dispatch(let task, let locks):
                let missing = table.dispatch(task, locks)
                plain.dispatch(task, locks)
                if missing == 0 { runnable.insert(task) }
            case .release(let task):
                let granted = table.release(task)
                plain.release(task)
                #expect(granted.isDisjoint(with: runnable))
                runnable = runnable.subtracting([task]).union(granted)
            }
            guard runnable == plain.runnable, runnable == table.tasks.filter(table.isRunnable) else {
                Issue.record("the table and the plain model part ways")
                return
            }
            guard !runnable.isEmpty || plain.tasks.isEmpty else {
                Issue.record("tasks wait, and none may run")
                return
            }
        }
    }
}
