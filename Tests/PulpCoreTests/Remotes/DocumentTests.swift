import NIOCore
import PulpTesting
import Testing

@testable import PulpCore

@Suite("A document")
struct DocumentTests {
    @Test("comes with its media type, and where it came from")
    func document() async throws {
        try await withFetching(["/a": .redirect(to: "/b"), "/b": .page("<html>Please sign in</html>")]) { fetching in
            let document = try await fetching.downloader.fetchDocument(
                fetching.remote.url(of: "/a"), from: fetching.settings, limit: 100)
            #expect(String(buffer: document.bytes) == "<html>Please sign in</html>")
            #expect(document.contentType == "text/html")
            #expect(document.finalURL == fetching.remote.url(of: "/b"))
        }
    }

    @Test("is refused when it is larger than its limit, said or not", arguments: [true, false])
    func limit(isSaid: Bool) async throws {
        let answer = FakeAnswer.file("0123456789")
        try await withFetching(["/a": isSaid ? answer : answer.claiming(length: nil)]) { fetching in
            let url = fetching.remote.url(of: "/a")
            let document = try await fetching.downloader.fetchDocument(url, from: fetching.settings, limit: 10)
            #expect(document.bytes.readableBytes == 10)
            let (downloader, settings) = (fetching.downloader, fetching.settings)
            let error = await #expect(throws: PulpError.self) {
                _ = try await downloader.fetchDocument(url, from: settings, limit: 9)
            }
            #expect(error?.code == .sizeMismatch)
            #expect(fetching.remote.count == 2)
        }
    }

    @Test("is tried again like a file")
    func retried() async throws {
        try await withFetching { fetching in
            fetching.remote.answer("/a", with: .status(500), .file("0123456789").ending(.reset(after: 5)), .file("done"))
            let document = try await fetching.downloader.fetchDocument(
                fetching.remote.url(of: "/a"), from: fetching.settings, limit: 100)
            #expect(String(buffer: document.bytes) == "done")
        }
    }
}
