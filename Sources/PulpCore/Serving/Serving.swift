internal import Logging
internal import NIOCore

/// Turns a request into what to send: a file, a listing, a redirect, an upstream stream, a refusal.
///
/// Knows no HTTP server.
///
/// ```swift
/// switch try await pulp.serving.answer(ContentRequest(path: "debian/Release")) {
/// case .artifact(let file): …
/// ```
public final class Serving: Sendable {
    private let database: any Database
    private let store: any ArtifactStore
    private let typesServingVersions: Set<String>
    private let pathPrefix: String
    private let shown: ShownDistributions
    private let access: ContentAccess
    private let logger: Logger
    private let cache: AnswerCache
    private let fetches: UpstreamFetches

    /// - Parameters:
    ///   - distributions: the plugins' kinds of distribution.
    ///   - access: who asks content guards; nil lets nobody in where there is one.
    ///   - remoteSettings: reads the settings of the remote in the row with this key, secrets included; throws `notFound` when
    ///     there is none.
    public convenience init(
        database: any Database, store: any ArtifactStore, downloader: Downloader, settings: Settings,
        distributions: [any DistributionKind.Type], access: ContentAccess? = nil,
        remoteSettings: @escaping @Sendable (Int64) async throws -> RemoteSettings
    ) {
        self.init(
            database: database, store: store, settings: settings, distributions: distributions, access: access,
            remoteSettings: remoteSettings, cacheLimits: AnswerCache.Limits(),
            fetch: { file, remote, staged, onProgress in
                try await downloader.fetch(file, from: remote, into: staged, onProgress: onProgress)
            })
    }

    init(
        database: any Database, store: any ArtifactStore, settings: Settings, distributions: [any DistributionKind.Type],
        access: ContentAccess? = nil, remoteSettings: @escaping @Sendable (Int64) async throws -> RemoteSettings,
        cacheLimits: AnswerCache.Limits,
        fetch: @escaping UpstreamFetches.Fetch
    ) {
        (self.database, self.store, logger) = (database, store, settings.logger)
        pathPrefix = settings.contentPathPrefix
        shown = settings.hideGuardedDistributions ? .notHiddenNorGuarded : .notHidden
        self.access = access ?? ContentAccess(database: database, kinds: [], resources: Resources(box: SecretBox(key: nil)))
        typesServingVersions = Set(distributions.compactMap { $0.servesVersions ? $0.typeName : nil })
        cache = AnswerCache(cacheLimits)
        fetches = UpstreamFetches(
            UpstreamFetches.Tools(
                database: database, store: store, algorithms: settings.allowedContentChecksums.union([.sha256]),
                cooldown: settings.fetchFailureCooldown, logger: settings.logger, remoteSettings: remoteSettings, fetch: fetch))
    }

    /// Decides what to send for a request.
    ///
    /// Answers from a cache while ``watch()`` runs, which drops it with any change of what is distributed. Where a guard stands before
    /// the path it is asked first, every time.
    /// - Parameter credentials: what the client shows to guards.
    /// - Throws: what a reader of the log must repair; a database that is away is an ``Answer/unavailable(reason:retryAfter:)``.
    public func answer(_ request: ContentRequest, _ credentials: ClientCredentials = .none) async throws -> Answer {
        let path: ServedPath
        do { path = try ServedPath(request.path) } catch { return .notFound(reason: nil) }

        let epoch = cache.epoch
        do {
            if let kept = cache.find(request) {
                if let refusal = try await refusal(of: kept.rule, request, credentials) { return refusal }
                if let answer = kept.answer { return answer }
            }
            let (decision, rule, generation) = try await decide(path)
            if let refusal = try await refusal(of: rule, request, credentials) {
                cache.keep(nil, under: rule, for: request, generation: generation, since: epoch)
                return refusal
            }
            let (answer, end) = try await act(on: decision)
            if let end { cache.keep(answer, under: rule, for: request, generation: generation, since: epoch, until: end.moment) }
            return answer
        } catch let error as AmbiguousPath {
            logger.error("Two units of one version have the same path.", metadata: ["path": "\(request.path)"])
            return .unavailable(reason: "more than one unit has the path \(error.path)", retryAfter: nil)
        } catch let error as StoreAway {
            logger.error("The store did not answer.", metadata: ["error": "\(error.reason)"])
            return .unavailable(reason: "the store is away", retryAfter: .seconds(5))
        } catch let error as DatabaseError where error.code == .unavailable || error.code == .busy {
            logger.error("The database did not answer.", metadata: ["error": "\(error)"])
            return .unavailable(reason: "the database is away", retryAfter: .seconds(5))
        }
    }

    /// An answer that needs neither database nor waiting, for a server's event loop; nil when there is none.
    /// - Parameter credentials: what the client shows, asked for only where a guard wants to see it.
    public func cachedAnswer(_ request: ContentRequest, _ credentials: () -> ClientCredentials = { .none }) -> Answer? {
        guard let kept = cache.find(request) else { return nil }
        guard let rule = kept.rule else { return kept.answer }
        return switch rule.verdict(on: GuardedRequest(path: pathPrefix + request.path, credentials())) {
        case .permitted?: kept.answer
        case .denied(let reason)?: .forbidden(reason: reason)
        case nil: nil
        }
    }

    /// What a guard answers in place of what it guards; nil when it lets the request in, and where there is none.
    private func refusal(
        of rule: GuardRule?, _ request: ContentRequest, _ credentials: ClientCredentials
    ) async throws -> Answer? {
        guard let rule else { return nil }
        let verdict = try await access.verdict(of: rule, on: GuardedRequest(path: pathPrefix + request.path, credentials))
        return if case .denied(let reason) = verdict { .forbidden(reason: reason) } else { nil }
    }

    /// Drops all kept answers, and those that are being made from an older state.
    ///
    /// Nobody has to call it after a change of the catalogue: ``watch()`` sees it in a moment. Call it where even that moment
    /// is too long, and when a file that an answer named is not there.
    public func invalidate() { cache.invalidate() }

    /// Keeps answers as long as this runs, and drops them whenever the catalogue changes, here or in another process.
    ///
    /// Runs until its task is canceled or the database is closed.
    public func watch() async {
        let announcements = database.announcements()
        defer { cache.close() }
        guard await learnGeneration() else { return }
        cache.open()
        for await _ in announcements {
            guard await learnGeneration() else { return }
        }
    }

    /// Ends all downloads on demand; one that is complete is kept first.
    public func shutdown() async { await fetches.shutdown() }

    /// Reads the catalogue's generation, however long it takes: a change that was announced must not be missed.
    ///
    /// While the database is away, answers are kept: nothing newer can be known, and clients are better served with what was true a
    /// moment ago than with nothing.
    /// - Returns: false when canceled, or when the database is closed.
    private func learnGeneration() async -> Bool {
        var isAway = false
        while !Task.isCancelled {
            do {
                cache.moved(to: try await database.read { try $0.catalogueGeneration() })
                if isAway { logger.notice("the database is back") }
                return true
            } catch {
                let code = (error as? DatabaseError)?.code
                if Task.isCancelled || code == .closed { return false }
                if code == .unavailable {
                    if !isAway { logger.warning("the database is away: what is kept is served", metadata: ["error": "\(error)"]) }
                    isAway = true
                } else {
                    logger.error("The catalogue's generation could not be read.", metadata: ["error": "\(error)"])
                    cache.invalidate()
                }
                // Ends early only when canceled, and then the loop ends.
                try? await Task.sleep(for: .milliseconds(500))
            }
        }
        return false
    }
}

// MARK: - Deciding and acting

extension Serving {
    /// How long an answer is true if the catalogue does not change.
    private enum Validity {
        case always
        case until(Timestamp)

        var moment: Timestamp? { if case .until(let moment) = self { moment } else { nil } }
    }

    private func decide(_ path: ServedPath) async throws -> (Decision, GuardRule?, CatalogueGeneration) {
        let (types, pathPrefix, shown, access, now) = (typesServingVersions, pathPrefix, shown, access, Timestamp.now)
        return try await database.read { db in
            // First, so that the generation is not newer than what is read after it.
            let generation = try db.catalogueGeneration()
            let catalogue = Catalogue(db: db, typesServingVersions: types, pathPrefix: pathPrefix, shown: shown, now: now)
            let guarded = try catalogue.decide(path)
            let rule = try guarded.contentGuard.map { try access.rule(of: $0, at: generation, in: db) }
            return (guarded.decision, rule, generation)
        }
    }

    /// - Returns: the answer, and how long it may be kept; nil when it must not be.
    private func act(on decision: Decision) async throws -> (Answer, Validity?) {
        switch decision {
        case .file(let file): return try await give(file)
        case .listing(let listing): return (.bytes(listing.html(), contentType: "text/html; charset=utf-8", entity: nil), .always)
        case .redirect(let path): return (.redirect(path: path), .always)
        case .notFound(let reason): return (.notFound(reason: reason), .always)
        case .notFoundUntil(let moment, let reason): return (.notFound(reason: reason), .until(moment))
        case .ambiguous(let path): throw AmbiguousPath(path: path)
        }
    }

    private func give(_ file: ServedFile) async throws -> (Answer, Validity?) {
        if let artifact = file.artifact {
            if try await isStored(artifact.sha256) { return (served(file, artifact.sha256, artifact.size), .always) }
            logger.error("The store has lost an artifact.", metadata: ["sha256": "\(artifact.sha256)", "name": "\(file.name)"])
        }
        guard let contentArtifact = file.contentArtifact else { return (.notFound(reason: nil), nil) }

        let failedSince = Timestamp.now - fetches.cooldown
        // Before the catalogue is read: what has come by then is in there.
        let running = fetches.target(of: contentArtifact)
        let plan = try await database.read { try $0.fetchPlan(for: contentArtifact, failedSince: failedSince) }
        guard let plan else { return (.notFound(reason: nil), nil) }
        if let known = plan.known, try await isStored(known.sha256) {
            if known.isLinked { return (served(file, known.sha256, known.size), nil) }
        } else if plan.sources.isEmpty, plan.known != nil || running == nil {
            return (.notFound(reason: nil), nil)
        }
        let promised = plan.digests.sha256 ?? running?.sha256
        let arriving = ArrivingFile(name: file.name, sha256: promised, lastModified: file.lastModified) { [fetches] in
            fetches.reader(of: contentArtifact, promising: promised)
        }
        return (.arriving(arriving), nil)
    }

    private func isStored(_ sha256: SHA256Digest) async throws -> Bool {
        do { return try await store.size(of: sha256) != nil } catch let error as PulpError { throw StoreAway(reason: error) }
    }

    private func served(_ file: ServedFile, _ sha256: SHA256Digest, _ size: Int64) -> Answer {
        .artifact(
            ServedArtifact(
                sha256: sha256, size: size, name: file.name, lastModified: file.lastModified,
                localPath: store.localPath(of: sha256)))
    }
}

/// The store cannot say what it has.
private struct StoreAway: Error {
    let reason: PulpError
}
