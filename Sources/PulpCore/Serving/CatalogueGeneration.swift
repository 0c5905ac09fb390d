/// The number of the catalogue's state.
///
/// Whatever changes what is served, or at which path, raises it in its own transaction; whoever keeps answers drops them when it
/// moved.
struct CatalogueGeneration: Hashable, Comparable, Sendable {
    let number: Int64

    static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

extension SQLConnection {
    /// Says that this transaction changes what clients see.
    ///
    /// That is a distribution, a publication, a version, or whether an artifact is there. Call it in the transaction that makes the
    /// change; kept answers are dropped when it commits.
    public func bumpCatalogue() throws {
        try execute("UPDATE catalogue SET generation = generation + 1 WHERE id = 1")
        try announce()
    }

    /// The catalogue's generation in this transaction's snapshot.
    func catalogueGeneration() throws -> CatalogueGeneration {
        guard let number: Int64 = try value("SELECT generation FROM catalogue WHERE id = 1") else {
            throw PulpError(.systemState, "the database has lost the row of its catalogue")
        }
        return CatalogueGeneration(number: number)
    }
}
