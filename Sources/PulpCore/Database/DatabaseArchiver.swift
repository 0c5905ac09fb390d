/// Copies a whole database into one file, and fills an empty database from such a file.
public protocol DatabaseArchiver: Sendable {
    /// The kind of the file, which a database of the same kind alone can read: `sqlite`, `postgresql`.
    var format: String { get }

    /// Writes what the database has at one moment into a file that is there and empty, while others read and write.
    ///
    /// It is not yet on the disk when this returns. On an error the file holds nothing of use.
    func write(to path: String) async throws

    /// Fills an empty database, wholly or, on an error, not at all.
    /// - Precondition: ``firstTable()`` is nil, and nobody else uses the database.
    func read(from path: String) async throws

    /// The name of something that the database has, for a refusal; nil when it is empty.
    func firstTable() async throws -> String?
}
