import NIOCore
import PulpFile
import PulpTesting
import Testing

@testable import PulpCore

@Suite("Making a unit of a file")
struct CreateContentTests {
    private static func chunk(_ text: String) -> AsyncStream<ByteBuffer> {
        AsyncStream { continuation in
            continuation.yield(ByteBuffer(string: text))
            continuation.finish()
        }
    }

    private static func texts(_ pulp: Pulp, _ unit: ID<Content>) async throws -> [String] {
        let units = try await pulp.units(FileContent.self, matching: ContentQuery(ids: [unit]))
        var texts: [String] = []
        for unit in units { texts.append(String(buffer: try await pulp.store.bytes(of: unit.digest, limit: 100))) }
        return texts
    }

    @Test("from an upload ends the upload, and adds the unit to the repository", arguments: DatabaseKind.allCases)
    func upload(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.file]) { pulp async throws in
            let repository = try await pulp.create(FileRepository(name: "r"))
            let upload = try await pulp.uploads.create(size: 6)
            _ = try await pulp.uploads.write(Self.chunk("def"), at: 3..<6, to: upload.id)
            _ = try await pulp.uploads.write(Self.chunk("abc"), at: 0..<3, to: upload.id)
            let task = CreateContent(
                FileContent.self, from: .upload(upload.id), at: try RelativePath("a/b"), in: repository.id.cast())
            #expect(task.locks == .exclusive(upload.id) + .exclusive(repository.id))
            #expect(try await Self.texts(pulp, pulp.run(task)) == ["abcdef"])
            #expect(try await pulp.latestVersion(of: repository.id).number == 1)
            #expect(try await pulp.uploads.list() == [])
            await #expect(throws: (any Error).self) { _ = try await pulp.run(task) }
            #expect(try await pulp.violations() == [])
        }
    }

    @Test("from an upload that is not whole, or for a path that cannot be, leaves the upload as it was", arguments: DatabaseKind.allCases)
    func failure(kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [.file]) { pulp async throws in
            let upload = try await pulp.uploads.create(size: 4)
            _ = try await pulp.uploads.write(Self.chunk("abc"), at: 0..<3, to: upload.id)
            var task = CreateContent(FileContent.self, from: .upload(upload.id), at: try RelativePath("a"))
            await #expect(throws: (any Error).self) { _ = try await pulp.run(task) }
            let whole = try await pulp.uploads.write(Self.chunk("d"), at: 3..<4, to: upload.id)
            task.relativePath = "../a"
            await #expect(throws: (any Error).self) { _ = try await pulp.run(task) }
            #expect(try await pulp.uploads.list() == [whole])
            #expect(try await pulp.artifacts.list() == [])
            #expect(try pulp.stagedFiles() == [])
            task.relativePath = "a"
            #expect(try await Self.texts(pulp, pulp.run(task)) == ["abcd"])
        }
    }

    @Test("from a URL fetches it with the given settings", arguments: DatabaseKind.allCases)
    func url(kind: DatabaseKind) async throws {
        try await withFakeRemote(["/file": .file("fetched")]) { remote in
            remote.require(.basic(username: "user", password: "secret"))
            try await kind.withPulp(plugins: [.file]) { pulp async throws in
                let url = remote.url(of: "/file")
                func create(_ network: JSON) async throws -> ID<Content> {
                    try await pulp.run(CreateContent(FileContent.self, from: .url(url, network: network), at: RelativePath("a")))
                }
                let network: JSON = ["username": "user", "password": "secret", "max_retries": 0]
                #expect(try await Self.texts(pulp, create(network)) == ["fetched"])
                await #expect(throws: (any Error).self) { _ = try await create(["max_retries": 0]) }
                await #expect(throws: (any Error).self) { _ = try await create(["policy": "immediate"]) }
                #expect(try pulp.stagedFiles() == [])
            }
        }
    }

    @Test(
        "from a URL that is not one of the network is refused before anything is asked for",
        arguments: ["file:///etc/passwd", "ftp://example.org/a", "http://user:secret@example.org/", "nonsense"])
    func otherURLs(url: String) async throws {
        let error = #expect(throws: ValidationError.self) { try RemoteSettings(fetching: url) }
        #expect(error?.problems.map(\.field) == ["url"])
        #expect(error?.description.contains("secret") == false)
        try await DatabaseKind.sqlite.withPulp(plugins: [.file]) { pulp async throws in
            await #expect(throws: (any Error).self) {
                _ = try await pulp.run(CreateContent(FileContent.self, from: .url(url), at: RelativePath("a")))
            }
            #expect(try await pulp.artifacts.list() == [])
        }
    }

    @Test("from a URL names everything that is wrong with the settings")
    func settings() throws {
        let error = #expect(throws: ValidationError.self) {
            try RemoteSettings(fetching: "https://example.org/a", network: ["max_retries": -1, "name": "x", "proxy_url": "y"])
        }
        #expect(Set(error?.problems.compactMap(\.field) ?? []) == ["max_retries", "name", "proxy_url"])
    }
}
