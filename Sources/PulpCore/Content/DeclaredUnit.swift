/// A unit that a remote says it has, with the files that make it up.
public struct DeclaredUnit<Unit: ContentUnit>: Sendable {
    /// The unit, as the remote describes it.
    public var unit: Unit
    /// Where its bytes can be had.
    public var files: [DeclaredFile]

    /// A unit with its files; none for a unit that is made of its fields alone.
    public init(_ unit: Unit, files: [DeclaredFile]) { (self.unit, self.files) = (unit, files) }
}

/// A file that a remote says it has.
public struct DeclaredFile: Sendable, Hashable {
    /// Where to fetch it: an absolute URL.
    public var url: String
    /// Where the unit puts it.
    public var relativePath: RelativePath
    /// Its size in bytes, where the remote says so.
    public var size: Int64?
    /// Its digests, as far as the remote says them.
    public var digests: Digests

    /// A file of which nothing is claimed but its place, unless more is given.
    public init(url: String, relativePath: RelativePath, size: Int64? = nil, digests: Digests = [:]) {
        (self.url, self.relativePath, self.size, self.digests) = (url, relativePath, size, digests)
    }
}
