/// Any kind of content unit.
public struct Content: Referable {
    /// The table of content units.
    public static let table = ResourceTable.content
}

extension ContentRows {
    /// The keys of the units with these ids, in the order of the ids.
    /// - Throws: ``PulpError`` with `notFound`, which names the first id that is no unit's.
    static func keys(of ids: [ID<Content>], in db: any SQLConnection) throws -> [Int64] {
        var rows = SQLRows([("n", .integer), ("uuid", .text)])
        for (index, id) in ids.enumerated() { rows.append([.integer(Int64(index)), .text(id.uuid)]) }
        var keys = [Int64](repeating: 0, count: ids.count)
        try db.forEach("SELECT r.n, c.id FROM \(rows: rows, as: "r") CROSS JOIN content c WHERE c.uuid = r.uuid") { row in
            keys[try row.get(0)] = try row.get(1)
        }
        if let missing = keys.firstIndex(of: 0) { throw PulpError(.notFound, "there is no content unit \(ids[missing])") }
        return keys
    }
}
