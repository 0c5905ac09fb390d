internal import PulpCore

extension DatabaseConformance {
    static let processes = [
        Check("announcements arrive at other instances") { store in
            try await store.withTwoDatabases { one, other in
                try await one.write { try $0.makeValueTable() }
                var heard = other.announcements().makeAsyncIterator()
                // More rounds than there may be announcements of nothing.
                for round in 1...20 {
                    try await one.write { db in
                        try db.execute("INSERT INTO value (number) VALUES (\(round))")
                        try db.announce()
                        try db.announce()
                    }
                    while try await other.read({ try $0.value("SELECT COUNT(*) FROM value", as: Int.self) }) != round {
                        try expect(await heard.next() != nil, "the announcements ended")
                    }
                    try expect(await heard.next() != nil, "the announcements ended")
                }
            }
        },
        Check("announcements arrive at every listener of the same instance") { database in
            try await database.write { try $0.makeValueTable() }
            var listeners = (0..<3).map { _ in database.announcements().makeAsyncIterator() }
            for _ in 0..<10 {
                try await database.write { db in
                    try db.execute("INSERT INTO value (number) VALUES (1)")
                    try db.announce()
                }
                for index in listeners.indices { try expect(await listeners[index].next() != nil, "the announcements ended") }
            }
        },
        Check("leases exclude each other and pass on when released") { store in
            try await store.withTwoDatabases { one, other in
                let held = try await one.acquireLease("worker")
                try expect(held != nil, "a free lease is refused")
                try expect(try await one.acquireLease("worker") == nil, "a lease is held twice in one instance")
                try expect(try await other.acquireLease("worker") == nil, "a lease is held by two instances")
                let unlike = try await other.acquireLease("another")
                try expect(unlike != nil, "leases of different names exclude each other")
                try await other.write { try $0.lock("worker") }
                await held?.release()
                let passed = try await other.acquireLease("worker")
                try expect(passed != nil, "a released lease is refused")
                await held?.release()
                try expect(try await one.acquireLease("worker") == nil, "a lease was released by who no longer holds it")
                try expect(
                    try await other.freeLeases(among: ["worker", "another", "nobody's"]) == ["nobody's"], "the leases that are free")
                await passed?.release()
                await unlike?.release()
                try expect(try await one.freeLeases(among: ["worker", "another"]) == ["worker", "another"], "released leases")
            }
        },
    ]
}
