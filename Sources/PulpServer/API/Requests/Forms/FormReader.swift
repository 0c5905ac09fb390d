import NIOCore
import PulpCore

/// Reads whole forms: texts into memory, and each file into a staged artifact as it comes.
///
/// A piece of the body is asked for when the one before has been written, so that a client sends no faster than its bytes are kept,
/// and memory does not grow with a file.
struct FormReader: Sendable {
    /// Where the bytes of a file go.
    struct Sink: Sendable {
        let staged: any StagedArtifact
        /// How many there may be; nil for any number.
        var limit: Int64?
        /// What to answer when there are more; nil for words about the field.
        var refusal: APIError?
    }

    private let boundary: FormBoundary
    private let limits: FormLimits
    private let sink: @Sendable (FormPart) async throws -> Sink?

    /// - Parameters:
    ///   - contentType: that of the request.
    ///   - sink: chooses for a file, as its part begins; nil when no file of this name is wanted.
    /// - Throws: ``APIError`` when there is no boundary, or one that cannot be.
    init(
        contentType: String, limits: FormLimits = FormLimits(), sink: @escaping @Sendable (FormPart) async throws -> Sink?
    ) throws(APIError) {
        do { boundary = try FormBoundary(contentType: contentType) } catch { throw error.refusal }
        (self.limits, self.sink) = (limits, sink)
    }

    /// Reads a body, and lends the form to a closure.
    ///
    /// Afterwards every file that was not committed is discarded, whatever ended the reading or the closure.
    /// - Throws: ``APIError`` for what is no form and for what nobody wants; what the body, a sink or the closure throws.
    func withForm<Body: AsyncSequence & Sendable, Value>(
        _ body: Body, _ use: (Form) async throws -> Value
    ) async throws -> Value where Body.Element == ByteBuffer {
        var filling = FormFilling(sink: sink)
        let result: Result<Value, any Error>
        do {
            try await read(body, into: &filling)
            result = .success(try await use(filling.form))
        } catch let error as FormError {
            result = .failure(error.refusal)
        } catch { result = .failure(error) }
        for staged in filling.staged { await staged.discard() }
        return try result.get()
    }

    private func read<Body: AsyncSequence & Sendable>(
        _ body: Body, into filling: inout FormFilling
    ) async throws where Body.Element == ByteBuffer {
        var parser = FormParser(boundary, limits: limits)
        for try await bytes in body {
            parser.feed(bytes)
            while let event = try parser.next() { try await filling.take(event) }
        }
        try parser.finish()
    }
}

/// A form of which a part is being read.
private struct FormFilling {
    let sink: @Sendable (FormPart) async throws -> FormReader.Sink?
    private(set) var form = Form()
    /// Every artifact that was opened for a file.
    private(set) var staged: [any StagedArtifact] = []
    private var current = Current.nothing

    private enum Current {
        case nothing
        case text(name: String, ByteBuffer)
        case file(FormPart, FormReader.Sink, count: Int64)
        /// What a browser sends for a file that nobody chose.
        case noFile(name: String)
    }

    init(sink: @escaping @Sendable (FormPart) async throws -> FormReader.Sink?) { self.sink = sink }

    mutating func take(_ event: FormEvent) async throws {
        switch event {
        case .part(let part): try await begin(part)
        case .bytes(let bytes): try await take(bytes)
        case .partEnd: try await end()
        case .end: break
        }
    }

    private mutating func begin(_ part: FormPart) async throws {
        guard let filename = part.filename else {
            current = .text(name: part.name, ByteBuffer())
            return
        }
        if filename.isEmpty {
            current = .noFile(name: part.name)
            return
        }
        guard form.file(part.name) == nil else { throw Self.refusal(part.name, "There are several files of this name.") }
        guard let sink = try await sink(part) else { throw Self.refusal(part.name, "Unexpected field") }
        staged.append(sink.staged)
        current = .file(part, sink, count: 0)
    }

    private mutating func take(_ bytes: ByteBuffer) async throws {
        switch current {
        case .nothing: break
        case .text(let name, var text):
            // Out of the enum while it grows, so that it is not copied.
            current = .nothing
            text.writeImmutableBuffer(bytes)
            current = .text(name: name, text)
        case .file(let part, let sink, var count):
            count += Int64(bytes.readableBytes)
            if let limit = sink.limit, count > limit {
                throw sink.refusal ?? Self.refusal(part.name, "The file has more than \(limit) bytes.")
            }
            try await sink.staged.write(bytes)
            current = .file(part, sink, count: count)
        case .noFile(let name): throw Self.refusal(name, "No filename could be determined.")
        }
    }

    private mutating func end() async throws {
        switch current {
        case .nothing, .noFile: break
        case .text(let name, let text):
            guard let value = String(validating: text.readableBytesView, as: UTF8.self) else {
                throw Self.refusal(name, "The text is not UTF-8.")
            }
            form.texts.append(Form.Text(name: name, value: value))
        case .file(let part, let sink, _):
            form.files.append(Form.File(part: part, staged: sink.staged, description: try await sink.staged.finish()))
        }
        current = .nothing
    }

    private static func refusal(_ field: String, _ message: String) -> APIError { .fields([(field, [message])]) }
}
