/// What a snapshot of the catalogue says to a request, before anybody looked at bytes.
enum Decision: Sendable {
    case file(ServedFile)
    case listing(Listing)
    /// To a path below the content path prefix.
    case redirect(String)
    case notFound(String?)
    /// The answer changes at this moment without any change of the catalogue.
    case notFoundUntil(Timestamp, String?)
    /// More than one unit has this path.
    case ambiguous(String)
}

/// A decision, and the row of the guard that must let in who asked before it means anything.
struct GuardedDecision: Sendable {
    let decision: Decision
    var contentGuard: Int64?
}

/// The decision list: which distribution, which of its sources, which file or folder.
struct Catalogue {
    let db: any SQLConnection
    /// The types of distribution that serve a version without a publication.
    let typesServingVersions: Set<String>
    /// What stands before each path that a client sees.
    let pathPrefix: String
    var shown = ShownDistributions.notHidden
    let now: Timestamp

    /// Decides on a request.
    /// - Throws: what the database throws.
    func decide(_ request: ServedPath) throws -> GuardedDecision {
        guard let path = request.path else {
            let entries = try db.basePaths(shown).map { Listing.Entry($0 + "/") }
            return GuardedDecision(decision: .listing(Listing(path: pathPrefix, isRoot: true, entries: entries)))
        }
        guard let distribution = try db.distribution(holding: path) else {
            return GuardedDecision(decision: try decideAboveDistributions(path, request))
        }
        let decision: Decision
        do { decision = try decide(path, in: distribution, request) } catch let error as AmbiguousPath {
            decision = .ambiguous(error.path)
        }
        return GuardedDecision(decision: decision, contentGuard: distribution.contentGuard)
    }

    private func decide(_ path: RelativePath, in distribution: ServedDistribution, _ request: ServedPath) throws -> Decision {
        let rest = path.below(distribution.basePath)
        if rest == nil, !request.endsInSlash { return .redirect(path.description + "/") }
        if distribution.isCheckpoint { return try decideOnCheckpoint(rest, of: distribution, request) }
        guard !distribution.servesNothing else {
            return .notFound("Distribution is not pointing to a publication, repository, repository version, or remote.")
        }
        let servesVersions = typesServingVersions.contains(distribution.type)
        guard let source = try db.source(of: distribution, servesVersions: servesVersions) else { return .notFound(nil) }
        return try decide(rest, in: source, request)
    }

    private func decideAboveDistributions(_ path: RelativePath, _ request: ServedPath) throws -> Decision {
        let segments = try db.basePathSegments(below: path.description, shown)
        guard !segments.isEmpty else { return .notFound(nil) }
        guard request.endsInSlash else { return .redirect(path.description + "/") }
        return .listing(listing(path, segments.map { Listing.Entry($0) }))
    }

    /// A file; or a folder's index or listing; or a redirect to the folder's slash.
    private func decide(_ rest: String?, in source: ServedSource, _ request: ServedPath) throws -> Decision {
        if let rest, !request.endsInSlash {
            if let file = try db.file(at: rest, in: source) { return .file(file) }
            guard try db.hasChildren(rest, in: source), let path = request.path else { return .notFound(nil) }
            return .redirect(path.description + "/")
        }
        if let index = try index(of: rest, in: source) { return .file(index) }
        let children = try db.children(of: rest, in: source)
        guard !children.isEmpty, let path = request.path else { return .notFound(nil) }
        return .listing(listing(path, children))
    }

    /// What a folder shows in place of its listing.
    ///
    /// A unit's `index.html` that only passes through a publication is a file like others, as in Pulp.
    private func index(of folder: String?, in source: ServedSource) throws -> ServedFile? {
        let path = PathPrefix(folder).text + "index.html"
        guard let publication = source.publication else { return try db.file(at: path, in: source) }
        return try db.publishedFile(at: path, in: publication)
    }

    private func decideOnCheckpoint(
        _ rest: String?, of distribution: ServedDistribution, _ request: ServedPath
    ) throws -> Decision {
        guard let repository = distribution.repository else {
            return .notFound("Distribution is not pointing to a publication, repository, repository version, or remote.")
        }
        switch Checkpoints.target(of: rest) {
        case .invalid:
            return .notFound(nil)
        case .list:
            guard let path = request.path else { return .notFound(nil) }
            var entries: [Listing.Entry] = []
            for moment in try db.checkpointMoments(of: repository) where entries.last?.name != moment.compact + "/" {
                entries.append(Listing.Entry(moment.compact + "/", modified: moment))
            }
            return .listing(listing(path, entries))
        case .moment(let moment, let below):
            guard moment <= now else { return .notFoundUntil(moment, nil) }
            guard let source = try db.checkpoint(of: repository, upTo: moment), let made = source.publication?.created else {
                return .notFound(nil)
            }
            let slash = request.endsInSlash || below == nil ? "/" : ""
            let exact = ([distribution.basePath, made.compact] + (below.map { [$0] } ?? [])).joined(separator: "/") + slash
            guard made.compact == moment.compact, below != nil || request.endsInSlash else { return .redirect(exact) }
            return try decide(below, in: source, request)
        }
    }

    private func listing(_ path: RelativePath, _ entries: [Listing.Entry]) -> Listing {
        Listing(path: pathPrefix + path.description + "/", isRoot: false, entries: entries)
    }
}
