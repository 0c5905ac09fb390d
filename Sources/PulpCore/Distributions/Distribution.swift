/// Any kind of distribution, seen through what all of them know.
public struct Distribution: Referable {
    /// The table of distributions.
    public static let table = ResourceTable.distribution
}

/// What every kind of distribution knows: where it is served, and what.
public struct DistributionSettings: Sendable, Hashable {
    /// Unique among the distributions of a domain, and not empty.
    public var name = ""
    /// Where it is served, below the content server's prefix; it neither equals, nor lies above or below, another's base path.
    public var basePath = ""
    /// Served: the repository's newest publication, or its latest version.
    public var repository: ID<Repository>?
    /// Served: this publication.
    public var publication: ID<Publication>?
    /// Served: this version, or the newest publication of it.
    public var repositoryVersion: ID<RepositoryVersion>?
    /// Who is let in; nil for everybody.
    public var contentGuard: ID<ContentGuard>?
    /// Whether lists of distributions leave it out.
    public var hidden = false
    /// Whether the checkpoints of the repository are served, each under its moment.
    public var checkpoint = false
    /// Names and values that users put on the distribution.
    public var labels = Labels()

    /// Settings that serve nothing yet; nothing is checked before they are stored.
    public init(name: String = "", basePath: String = "") { (self.name, self.basePath) = (name, basePath) }

    /// The fields that every kind of distribution has.
    public static let fields: [Field<Self>] = [
        Field("name", \.name, "A unique name. Ex, `rawhide` and `stable`.", [.required, .unique, .column], lookups: .text) {
            (name) throws(InvalidField) in
            guard !name.isEmpty else { throw InvalidField("This field may not be blank.") }
        },
        Field(
            "base_path", \.basePath, "The base (relative) path component of the published url.", [.required, .unique, .column],
            lookups: .path, validate: BasePath.check),
        Field("content_guard", \.contentGuard, "An optional content-guard.", .column),
        Field("repository", \.repository, "The latest RepositoryVersion for this Repository will be served.", .column, lookups: .exact),
        Field("publication", \.publication, "Publication to be served", .column),
        Field("repository_version", \.repositoryVersion, "RepositoryVersion to be served", .column),
        Field("hidden", \.hidden, "Whether this distribution should be shown in the content app.", .column),
        Field("checkpoint", \.checkpoint, "Whether the checkpoints of the repository are served.", .column, lookups: .equality),
        Field("pulp_labels", \.labels, "Labels.", .column),
    ]

    /// Checks what several fields together must obey: at most one thing to serve; checkpoints need a repository.
    /// - Throws: ``ValidationError``.
    public func validate() throws(ValidationError) {
        let targets = [repository != nil, publication != nil, repositoryVersion != nil].filter { $0 }
        if targets.count > 1 {
            throw ValidationError(
                nil, "Only one of the attributes 'repository', 'repository_version' and 'publication' may be used simultaneously.")
        }
        if checkpoint, repository == nil {
            throw ValidationError("checkpoint", "The 'checkpoint' attribute needs a 'repository'.")
        }
    }
}

/// A plugin's kind of distribution.
public protocol DistributionKind: Resource, Referable {
    /// What the kind shares with all others.
    var distribution: DistributionSettings { get set }
    /// Whether a version may be served without a publication, each unit's file at its own path.
    static var servesVersions: Bool { get }
}

extension DistributionKind {
    /// The table of distributions.
    public static var table: ResourceTable { .distribution }
    /// Only publications are served.
    public static var servesVersions: Bool { false }
}

/// The rule for base paths.
enum BasePath {
    static let check: @Sendable (String) throws(InvalidField) -> Void = { (path) throws(InvalidField) in
        let isPlain = path.unicodeScalars.allSatisfy { !$0.properties.isWhitespace }
        guard isPlain, let valid = try? RelativePath(path), valid.description == path else {  // the message below says all
            throw InvalidField("The base path must be a relative path without empty, '.' or '..' segments, whitespace, '?' and '#'.")
        }
    }

    /// The paths above a path, from the root: `a`, `a/b` of `a/b/c`.
    static func ancestors(of path: String) -> [String] {
        path.utf8.indices.filter { path.utf8[$0] == UInt8(ascii: "/") }.map { String(path[..<$0]) }
    }
}
