internal import Dispatch
internal import PulpCore
internal import Synchronization

extension DatabaseConformance {
    private struct Deliberate: Error {}

    static let transactions = [
        Check("a body that throws leaves nothing behind") { database in
            try await database.write { try $0.makeCounter() }
            do {
                _ = try await database.write { db -> Int in
                    try db.execute("UPDATE counter SET number = 5")
                    throw Deliberate()
                }
                throw Failure(description: "the body's error is lost")
            } catch is Deliberate {}
            try expectEqual(try await database.read { try $0.counter() }, 0)
        },
        Check("layout changes are rolled back too") { database in
            do {
                _ = try await database.write { db -> Int in
                    try db.makeCounter()
                    throw Deliberate()
                }
            } catch is Deliberate {}
            try await database.write { try $0.makeCounter() }
        },
        Check("a statement that fails dooms its transaction, caught or not") { database in
            try await database.write { try $0.makeCounter() }
            try await expectError(.uniqueViolation) {
                try await database.write { db in
                    try db.execute("UPDATE counter SET number = 5")
                    do { try db.execute("INSERT INTO counter (id, number) VALUES (1, 1)") } catch is DatabaseError {}
                    do {
                        try db.execute("UPDATE counter SET number = 6")
                        throw Failure(description: "a doomed transaction takes statements")
                    } catch is DatabaseError {}
                }
            }
            try expectEqual(try await database.read { try $0.counter() }, 0)
        },
        Check("a read is one snapshot, whatever others commit meanwhile") { store in
            try await store.withTwoDatabases { one, other in
                try await one.write { try $0.makeCounter() }
                let (begun, written) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
                async let pair = one.read { db in
                    let before = try db.counter()
                    begun.signal()
                    written.wait()
                    return [before, try db.counter()]
                }
                // A thread that waits must not be one of the few that run tasks.
                try await onThread("waiting") { begun.wait() }
                do { _ = try await other.write { try $0.execute("UPDATE counter SET number = 1") } } catch {
                    written.signal()
                    throw error
                }
                written.signal()
                try expectEqual(try await pair, [0, 0])
                try expectEqual(try await one.read { try $0.counter() }, 1)
            }
        },
        Check("a read cannot write") { database in
            try await database.write { try $0.makeCounter() }
            try await expectError(.readOnly) { try await database.read { try $0.execute("UPDATE counter SET number = 1") } }
            try expectEqual(try await database.read { try $0.counter() }, 0)
        },
        Check("concurrent writers lose no update") { store in
            try await store.withTwoDatabases { one, other in
                try await one.write { try $0.makeCounter() }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<40 {
                        group.addTask {
                            try await (index % 2 == 0 ? one : other).write { db in
                                _ = try db.execute("UPDATE counter SET number = number + 1")
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                try expectEqual(try await one.read { try $0.counter() }, 40)
            }
        },
        Check("who holds a lock is alone with what it reads and writes") { store in
            try await store.withTwoDatabases { one, other in
                try await one.write { try $0.makeCounter() }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<40 {
                        group.addTask {
                            // Taken in the order given, these would wait for each other.
                            let names = index % 3 == 0 ? ["a", "b", "ü"] : ["ü", "b", "a", "b"]
                            try await (index % 2 == 0 ? one : other).write { db in
                                try db.lock(names)
                                let number = try db.counter()
                                try db.execute("UPDATE counter SET number = \(number + 1)")
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                try expectEqual(try await one.read { try $0.counter() }, 40)
            }
        },
        Check("a transaction that may be lost is committed like any other, while the server lives") { store in
            try await store.withTwoDatabases { one, other in
                try await one.write { try $0.makeCounter() }
                _ = try await one.write { db in
                    try db.allowLoss()
                    return try db.execute("UPDATE counter SET number = 1")
                }
                try expectEqual(try await other.read { try $0.counter() }, 1)
            }
        },
        Check("who prefers indexes finds the same rows") { database in
            try await database.write { db in
                try db.makeCounter()
                var rows = SQLRows([("id", .integer)])
                for id in 2...1000 { rows.append([id.sql]) }
                try db.execute("INSERT INTO counter (id, number) SELECT r.id, r.id FROM \(rows: rows, as: "r")")
            }
            let count = try await database.read { db in
                try db.preferIndexes()
                return try db.value("SELECT COUNT(*) FROM counter AS a JOIN counter AS b ON b.number = a.number", as: Int.self)
            }
            try expectEqual(count, 1000)
        },
        Check("what was posted has happened for the next statement, also after rows that were handed over one by one") { database in
            let numbers = try await database.write { db in
                try db.makeCounter()
                try db.post("INSERT INTO counter (id, number) VALUES (2, 20)")
                try db.post("INSERT INTO counter (id, number) VALUES (3, 30)")
                var streamed: [Int] = []
                try db.forEach("SELECT number FROM counter ORDER BY id") { streamed.append(try $0.get(0)) }
                try db.post("UPDATE counter SET number = number + 1")
                return streamed + (try db.query("SELECT number FROM counter ORDER BY id").map { try $0.get(0) })
            }
            try expectEqual(numbers, [0, 20, 30, 1, 21, 31])
            try await database.write { db in
                try db.forEach("SELECT number FROM counter") { _ in }
                try db.post("UPDATE counter SET number = 7")
            }
            try expectEqual(try await database.read { try $0.query("SELECT id FROM counter WHERE number = 7").count }, 3)
        },
        Check("what was posted in vain dooms its transaction, at the commit at the latest") { database in
            try await database.write { try $0.makeCounter() }
            try await expectError(.uniqueViolation) {
                try await database.write { db in
                    try db.execute("UPDATE counter SET number = 5")
                    try db.post("INSERT INTO counter (id, number) VALUES (1, 1)")
                    try db.post("UPDATE counter SET number = 6")
                }
            }
            try await expectError(.uniqueViolation) {
                try await database.write { db in
                    try db.post("INSERT INTO counter (id, number) VALUES (1, 1)")
                    _ = try db.query("SELECT id FROM counter")
                }
            }
            try expectEqual(try await database.read { try $0.counter() }, 0)
        },
        Check("a transaction may have no statement") { database in
            try expectEqual(try await database.read { _ in 1 } + database.write { _ in 2 }, 3)
        },
        Check("many transactions share few connections") { database in
            try await database.write { try $0.makeCounter() }
            let sum = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<200 { group.addTask { try await database.read { try $0.counter() + 1 } } }
                return try await group.reduce(0, +)
            }
            try expectEqual(sum, 200)
        },
        Check("a canceled task writes nothing") { database in
            try await database.write { try $0.makeCounter() }
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                _ = try await database.write { try $0.execute("UPDATE counter SET number = 1") }
            }
            task.cancel()
            do {
                try await task.value
                throw Failure(description: "a canceled task wrote")
            } catch is CancellationError {}
            try expectEqual(try await database.read { try $0.counter() }, 0)
        },
    ]
}

extension SQLConnection {
    fileprivate func makeCounter() throws {
        try create("CREATE TABLE counter (id {integer} PRIMARY KEY, number {integer} NOT NULL)")
        try execute("INSERT INTO counter (id, number) VALUES (1, 0)")
    }

    fileprivate func counter() throws -> Int {
        try value("SELECT number FROM counter") ?? -1
    }
}
