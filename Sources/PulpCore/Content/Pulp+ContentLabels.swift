extension Pulp {
    /// The labels of units, by the units' keys; units without labels are missing.
    public func labels<Unit: ContentUnit>(of units: [Record<Unit>]) async throws -> [Int64: Labels] {
        try await database.read { db in try Labels.list(of: units.map(\.key), in: db) }
    }

    /// Changes the labels of a unit; what else is known of it never changes.
    /// - Returns: the labels after the change.
    /// - Throws: ``PulpError`` with `notFound` when there is no such unit, ``ValidationError`` for labels that cannot be.
    @discardableResult
    public func changeLabels(
        of unit: ID<Content>, _ change: @escaping @Sendable (inout Labels) throws -> Void
    ) async throws -> Labels {
        try await database.write { db in try Labels.change(of: unit, in: db, change).after }
    }
}

extension Labels {
    /// The labels of units, by the units' keys; units without labels are missing.
    package static func list(of units: [Int64], in db: any SQLConnection) throws -> [Int64: Labels] {
        let rows = try db.query("SELECT id, pulp_labels FROM content WHERE pulp_labels IS NOT NULL AND id \(in: units)")
        return Dictionary(try rows.map { (try $0.get(0), try $0.get(1)) }, uniquingKeysWith: { first, _ in first })
    }

    /// Changes the labels of a unit within a transaction.
    /// - Throws: as ``Pulp/changeLabels(of:_:)``.
    package static func change(
        of unit: ID<Content>, in db: any SQLConnection, _ change: (inout Labels) throws -> Void
    ) throws -> (before: Labels, after: Labels) {
        guard let row = try db.first("SELECT id, pulp_labels FROM content WHERE uuid = \(unit.uuid)") else {
            throw PulpError(.notFound, "there is no content unit \(unit)")
        }
        let old = try row.get(1, as: Labels?.self) ?? Labels()
        var labels = old
        try change(&labels)
        if labels == old { return (old, old) }
        for (name, value) in labels.values {
            do throws(InvalidField) { try Labels.check(name, value) } catch { throw ValidationError("pulp_labels", error.message) }
        }
        try db.execute(
            "UPDATE content SET pulp_labels = \(labels), updated = \(Timestamp.now) WHERE id = \(try row.get(0, as: Int64.self))")
        return (old, labels)
    }
}
