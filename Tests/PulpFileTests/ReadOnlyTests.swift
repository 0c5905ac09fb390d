import PulpCore
import PulpFile
import PulpPostgreSQL
import PulpTesting
import Testing

@Suite("A content process whose database user can only read")
struct ReadOnlyTests {
    /// As the documentation says it.
    private func makeReader(_ database: any Database) async throws {
        try await database.write { db in
            for statement in [
                "CREATE ROLE pulp_content LOGIN", "GRANT USAGE ON SCHEMA public TO pulp_content",
                "GRANT SELECT ON ALL TABLES IN SCHEMA public TO pulp_content",
            ] { try db.execute(SQL(raw: statement)) }
        }
    }

    private func dropReader(_ database: any Database) async throws {
        try await database.write { db in
            for statement in ["DROP OWNED BY pulp_content", "DROP ROLE pulp_content"] { try db.execute(SQL(raw: statement)) }
        }
    }

    private func settings(_ folder: String, media: String) -> Settings {
        var settings = Settings(dataDirectory: folder)
        settings.mediaRoot = media
        settings.logger = LogRecorder().logger
        return settings
    }

    @Test("serves what is here and what comes on demand, needs no key, and is not seen until it may say that it is there")
    func serves() async throws {
        try await withFakeRemote { fake in
            try await TemporaryDirectory.with { folder in
                try await TemporaryPostgreSQL.with { temporary in
                    let media = folder.path + "/shared"
                    try await temporary.withDatabase { (database) async throws in
                        let writer = try await Pulp(
                            settings: settings(folder.path + "/one", media: media), database: database, plugins: [.file])
                        try await writer.whileOpen {
                            let upstream = Upstream(remote: fake)
                            try upstream.serve([("a", "1")])
                            let here = try await writer.create(FileRemote(name: "here", url: fake.url + "PULP_MANIFEST"))
                            let repository = try await writer.create(FileRepository(name: "here", autopublish: true))
                            _ = try await writer.create(FileDistribution(name: "here", basePath: "here", of: repository.id))
                            _ = try await writer.run(SynchronizeFiles(repository.id, from: here.id))
                            try upstream.serve([("b", "22")])
                            let remote = FileRemote(name: "there", url: fake.url + "PULP_MANIFEST", policy: .onDemand)
                            let there = try await writer.create(remote)
                            let other = try await writer.create(FileRepository(name: "there", autopublish: true))
                            _ = try await writer.create(FileDistribution(name: "there", basePath: "there", of: other.id))
                            _ = try await writer.run(SynchronizeFiles(other.id, from: there.id))
                        }
                        try await makeReader(database)
                        let url = try #require(temporary.url).replacing("user=postgres", with: "user=pulp_content")
                        let reading = try PostgreSQLDatabase(url: url)
                        let reader = try await Pulp(
                            settings: settings(folder.path + "/two", media: media), database: reading, plugins: [.file])
                        try await reader.whileOpen {
                            #expect(try await reader.served("here/a") == "1")
                            for _ in 0..<2 { #expect(try await reader.served("there/b") == "22") }
                            await reader.appear(as: .content)
                            #expect(try await reader.apps() == [])
                            _ = try await database.write { db in
                                try db.execute("GRANT INSERT, UPDATE, DELETE ON app_status TO pulp_content")
                            }
                            let life = Task { await reader.appear(as: .content) }
                            while try await reader.apps().map(\.role) != [.content] { await Task.yield() }
                            life.cancel()
                            await life.value
                            #expect(try await reader.apps() == [])
                        }
                        try await reading.close()
                        try await dropReader(database)
                    }
                }
            }
        }
    }
}
