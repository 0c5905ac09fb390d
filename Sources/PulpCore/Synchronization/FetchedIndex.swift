internal import Synchronization

/// What a remote has at its URL, fetched and verified: the index of what else it has.
public struct FetchedIndex: Sendable {
    /// Where it came from; what it lists is beside it: ``RemoteURL/appending(_:)``.
    public let url: RemoteURL
    /// Its bytes, which go when the body of ``TaskContext/withIndex(of:_:)`` ends, unless they were published.
    public let staged: any StagedArtifact
    /// The size and the digests of its bytes.
    public let description: ArtifactDescription
    /// The media type that the server claims, nil when it claims none; an error page shows itself here.
    public let contentType: String?

    /// Its lines, from the first one each time that they are read.
    public var lines: StagedLines { StagedLines(of: staged, size: description.size) }

    /// What the lines declare, one by one; empty lines count and declare nothing.
    /// - Parameter parse: reads one line; what it throws becomes an error that names the index and the line.
    public func units<Unit: ContentUnit>(
        _ parse: @escaping @Sendable (String) throws -> DeclaredUnit<Unit>
    ) -> some AsyncSequence<DeclaredUnit<Unit>, any Error> & Sendable {
        let name = url.redacted
        let type = contentType
        return lines.filter { !$0.text.isEmpty }.map { line in
            do { return try parse(line.text) } catch { throw Self.error(error, in: line, of: name, type) }
        }
    }

    private static func error(_ error: any Error, in line: StagedLines.Line, of name: String, _ type: String?) -> PulpError {
        let place = "\(name), line \(line.number)" + (type.map { " (the server calls it \($0.prefix(100)))" } ?? "")
        switch error {
        case let error as PulpError: return PulpError(error.code, "\(place): \(error.message)")
        case let error as InvalidField: return PulpError(.invalid, "\(place): \(error.message)")
        default: return PulpError(.invalid, "\(place): \(error)")
        }
    }
}

extension TaskContext {
    /// Fetches what a remote has at its URL, for as long as a body runs.
    ///
    /// It is staged, not held in memory, and gone afterwards, unless the body published it.
    public func withIndex<Kind: RemoteKind, Value>(
        of remote: Record<Kind>, _ body: (FetchedIndex) async throws -> Value
    ) async throws -> Value {
        let settings = remote.value.remote
        let url: RemoteURL
        do { url = try RemoteURL(settings.url) } catch { throw PulpError(.urlScheme, "the remote \(settings.name): \(error.message)") }
        let staged = try await pulp.store.stage(pulp.settings.allowedContentChecksums)
        let result: Result<Value, any Error>
        do {
            await progress("sync.downloading.metadata", "Downloading Metadata", done: 0, total: 1)
            let contentType = Mutex<String?>(nil)
            let description = try await pulp.downloader.fetch(
                RemoteFile(url: settings.url), from: settings, into: staged,
                onContentType: { type in contentType.withLock { $0 = type } })
            await progress("sync.downloading.metadata", "Downloading Metadata", done: 1, total: 1)
            let index = FetchedIndex(
                url: url, staged: staged, description: description, contentType: contentType.withLock { $0 })
            result = .success(try await body(index))
        } catch {
            result = .failure(error)
        }
        await staged.discard()
        return try result.get()
    }
}
