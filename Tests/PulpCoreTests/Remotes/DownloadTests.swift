import NIOCore
import PulpTesting
import Testing

@testable import PulpCore

@Suite("A download")
struct DownloadTests {
    @Test("brings a file's bytes, and stages a small one at once")
    func small() async throws {
        try await withFetching(["/a/b.txt": .file("hello")]) { fetching in
            let staged = MemoryArtifact()
            let text = try await fetching.fetch("/a/b.txt", size: 5, digests: .of("hello"), into: staged)
            #expect(text == "hello")
            #expect(staged.writes == 1)
            #expect(fetching.remote.count(of: "/a/b.txt") == 1)
        }
    }

    @Test("brings an empty file")
    func empty() async throws {
        try await withFetching(["/empty": .file("")]) { fetching in
            let text = try await fetching.fetch("/empty", size: 0, digests: .of(""))
            #expect(text == "")
        }
    }

    @Test("brings a file that is larger than a chunk, in order")
    func large() async throws {
        let text = (0..<200_000).map { String($0) }.joined(separator: " ")
        try await withFetching(["/large": .file(text)]) { fetching in
            let staged = MemoryArtifact()
            let fetched = try await fetching.fetch("/large", digests: .of(text), into: staged)
            #expect(fetched == text)
            #expect(staged.writes > 1)
        }
    }

    @Test("reuses its connections")
    func connections() async throws {
        try await withFetching { fetching in
            fetching.remote.answerOthers { .file($0.path) }
            for number in 0..<20 {
                let text = try await fetching.fetch("/\(number)")
                #expect(text == "/\(number)")
            }
            #expect(fetching.remote.count == 20)
        }
    }

    @Test("names the URL and the status of a refusal, without the query")
    func missing() async throws {
        try await withFetching { fetching in
            let error = try await fetching.failure("/missing?token=secret")
            #expect(error.code == .http)
            #expect(error.message.contains("/missing"))
            #expect(error.message.contains("404"))
            #expect(!error.message.contains("secret"))
            #expect(fetching.remote.count == 1)
        }
    }
}
