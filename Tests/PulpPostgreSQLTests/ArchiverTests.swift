import Foundation
import PulpCore
import PulpTesting
import Testing

@testable import PulpPostgreSQL

@Suite("PostgreSQL's own programs", .timeLimit(.minutes(15)))
struct ArchiverTests {
    @Test("are those of the server's version, or of the oldest newer one")
    func versions() {
        #expect(ClientProgram.version(among: [15, 14, 17, 16], server: 16) == 16)
        #expect(ClientProgram.version(among: [18, 14, 17], server: 16) == 17)
        #expect(ClientProgram.version(among: [14, 15], server: 16) == nil)
    }

    @Test("are missed by the name of their package")
    func missing() {
        let error = #expect(throws: DatabaseError.self) { try ClientProgram(name: "pg_nothing").path(server: 16) }
        #expect(error?.message.contains("pg_nothing is not installed: install the package postgresql-client-16") == true)
    }

    @Test("are told where the server is by a file, whatever the address looks like, and never by their command line")
    func service() throws {
        let url = "postgresql://us%20er:p%3D%27%5C%23w@db.example:5433/pulp?sslmode=require&connect_timeout=3"
        let file = try ServiceFile(ConnectionParameters(url).options())
        #expect(file.connection == "service=pulp")
        #expect(file.environment == ["PGSERVICEFILE": "/dev/stdin"])
        let lines = try #require(file.text).split(separator: "\n")
        #expect(lines.first == "[pulp]")
        #expect(
            Set(lines.dropFirst()) == [
                "user=us er", "password=p='\\#w", "host=db.example", "port=5433", "dbname=pulp", "sslmode=require", "connect_timeout=3",
            ])
        #expect(try file.open().readToEnd() == Data(#require(file.text).utf8))
    }

    @Test("are told to use a service of the user's own together with the rest of the address")
    func ownService() throws {
        let file = try ServiceFile(ConnectionParameters("service=mine dbname='o\\'hara' password=secret").options())
        #expect(file.text == nil)
        #expect(file.connection == "service='mine' dbname='o\\'hara'")
        #expect(file.environment == ["PGPASSWORD": "secret"])
    }

    @Test("get no parameter that would become another one in the file", arguments: ["a%0Ahost=evil", "a%20", "a%0D"])
    func injection(password: String) throws {
        let options = try ConnectionParameters("postgresql://u:\(password)@h/d").options()
        let error = #expect(throws: DatabaseError.self) { try ServiceFile(options) }
        #expect(error?.message.contains("the connection parameter password") == true)
        #expect(error?.message.contains("evil") == false)
    }

    @Test("say why they failed, and a restore that failed leaves nothing")
    func failure() async throws {
        try await DatabaseKind.postgreSQL.withDatabase { database in
            let archiver = try #require(database.archiver)
            try await TemporaryDirectory.with { folder in
                let path = folder.path + "/dump"
                try Data("no dump".utf8).write(to: URL(filePath: path))
                let error = await #expect(throws: DatabaseError.self) { try await archiver.read(from: path) }
                #expect(error?.message.hasPrefix("pg_restore failed: ") == true)
                #expect(try await archiver.firstTable() == nil)
            }
        }
    }
}
