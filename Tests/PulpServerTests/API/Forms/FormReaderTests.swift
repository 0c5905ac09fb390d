import NIOCore
import PulpCore
import PulpTesting
import Testing

@testable import PulpServer

@Suite("A form with files")
struct FormReaderTests {
    private static let type = "multipart/form-data; boundary=\(FormSamples.boundary)"

    /// A body that comes in pieces, as long as it is asked for.
    private func stream(_ body: [UInt8], failing error: (any Error & Sendable)? = nil) -> AsyncThrowingStream<ByteBuffer, any Error> {
        AsyncThrowingStream { continuation in
            for start in stride(from: 0, to: body.count, by: 1000) {
                continuation.yield(ByteBuffer(bytes: body[start..<min(start + 1000, body.count)]))
            }
            continuation.finish(throwing: error)
        }
    }

    private func withReader(
        limit: Int64? = nil, _ body: (Pulp, FormReader) async throws -> Void
    ) async throws {
        try await DatabaseKind.sqlite.withPulp(plugins: []) { pulp in
            let reader = try FormReader(contentType: Self.type) { part in
                part.name == "file" ? FormReader.Sink(staged: try await pulp.artifacts.stage(), limit: limit) : nil
            }
            try await body(pulp, reader)
            #expect(try pulp.stagedFiles() == [])
        }
    }

    private func refusal(
        _ reader: FormReader, _ body: [UInt8], _ use: (Form) async throws -> Void = { _ in }
    ) async -> APIError? {
        await #expect(throws: APIError.self) { try await reader.withForm(stream(body), use) }
    }

    private let large = [UInt8](repeating: 0x78, count: 200_000)

    @Test("becomes an artifact, verified by digests that come after the file")
    func artifact() async throws {
        try await withReader { pulp, reader in
            let digests = large.withUnsafeBytes { DigestHasher.digests(of: $0, [.sha256]) }
            let body = FormSamples.body([
                ("name=label", Array("one".utf8)), ("name=file; filename=\"a.bin\"", large), ("name=label", Array("two".utf8)),
                ("name=sha256", Array((digests[.sha256] ?? "").utf8)),
            ])
            let artifact = try await reader.withForm(stream(body)) { form in
                #expect(form.texts.map { "\($0.name)=\($0.value)" }.dropLast() == ["label=one", "label=two"])
                let file = try #require(form.file("file"))
                #expect(file.part.filename == "a.bin")
                let claimed = Digests(dictionaryLiteral: (.sha256, form.texts.last?.value ?? ""))
                return try await pulp.artifacts.add(file.staged, named: "a.bin", digests: claimed)
            }
            #expect(artifact.size == 200_000 && artifact.digests[.sha256] == digests[.sha256])
            #expect(try await pulp.store.bytes(of: artifact.sha256, limit: 200_000) == ByteBuffer(bytes: large))
        }
    }

    @Test("leaves nothing when its digest is another, or nobody commits it")
    func discarded() async throws {
        try await withReader { pulp, reader in
            let body = FormSamples.body([("name=file; filename=a", large)])
            try await reader.withForm(stream(body)) { form in #expect(form.files.count == 1) }
            await #expect(throws: PulpError.self) {
                try await reader.withForm(stream(body)) { form in
                    let file = try #require(form.file("file"))
                    _ = try await pulp.artifacts.add(file.staged, named: "a", digests: [.sha256: SHA256Digest.ofNothing.hex])
                }
            }
            #expect(try await pulp.artifacts.list() == [])
        }
    }

    @Test("is refused when nobody wants a file of this name, or there are two, or it has no name")
    func unexpected() async throws {
        try await withReader { _, reader in
            let other = await refusal(reader, FormSamples.body([("name=file; filename=a", large), ("name=other; filename=b", large)]))
            #expect(other == .fields([("other", ["Unexpected field"])]))
            let two = await refusal(reader, FormSamples.body([("name=file; filename=a", large), ("name=file; filename=b", large)]))
            #expect(two?.body["file"] != nil)
            let nameless = await refusal(reader, FormSamples.body([("name=file; filename=\"\"", large)]))
            #expect(nameless == .fields([("file", ["No filename could be determined."])]))
            // What a browser sends for a file that nobody chose.
            try await reader.withForm(stream(FormSamples.body([("name=file; filename=\"\"", [])]))) { #expect($0.files.isEmpty) }
        }
    }

    @Test("is refused as soon as a file is larger than it may be")
    func tooLarge() async throws {
        try await withReader(limit: 150_000) { _, reader in
            #expect(await refusal(reader, FormSamples.body([("name=file; filename=a", large)]))?.body["file"] != nil)
        }
    }

    @Test("is refused when a text is not UTF-8")
    func text() async throws {
        try await withReader { _, reader in
            #expect(await refusal(reader, FormSamples.body([("name=a", [0xFF])])) == .fields([("a", ["The text is not UTF-8."])]))
        }
    }

    @Test("leaves nothing when it breaks off, or the connection does")
    func breaksOff() async throws {
        try await withReader { _, reader in
            let body = FormSamples.body([("name=file; filename=a", large)])
            let error = await refusal(reader, Array(body.dropLast(100)))
            #expect(error?.body["detail"] == "Multipart form parse error - the body ends before the form does")
            await #expect(throws: CancellationError.self) {
                try await reader.withForm(stream(Array(body.dropLast(100)), failing: CancellationError())) { _ in }
            }
        }
    }
}
