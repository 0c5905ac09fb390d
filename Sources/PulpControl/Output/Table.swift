import PulpCore

/// Rows of text under headings, in columns as wide as their widest cell.
///
/// A column that is empty everywhere is left out.
struct Table: Sendable, Hashable {
    private(set) var headings: [String]
    private(set) var rows: [[String]]

    /// A table of the members of objects.
    init(_ objects: [JSON.Object], columns: [String]) {
        let used = columns.filter { column in objects.contains { $0[column].map { !$0.readable.isEmpty } ?? false } }
        headings = used
        rows = objects.map { object in used.map { object[$0]?.readable ?? "" } }
    }

    /// - Parameter emphasize: how a heading is shown.
    func lines(emphasize: (String) -> String = { $0 }) -> [String] {
        let widths = headings.indices.map { column in
            ([headings[column]] + rows.map { $0[column] }).map(\.count).max() ?? 0
        }
        func line(_ cells: [String]) -> String {
            let padded = cells.enumerated().map { column, cell in
                // Nothing trails at the end of a line.
                column == cells.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
            }
            return padded.joined(separator: "  ")
        }
        return [emphasize(line(headings))] + rows.map(line)
    }

    /// One thing: a line for each of its members.
    static func lines(of object: JSON.Object, emphasize: (String) -> String = { $0 }) -> [String] {
        let width = object.names.map(\.count).max() ?? 0
        return object.map { member in
            let name = emphasize(member.name) + String(repeating: " ", count: width - member.name.count)
            let value = member.value.readable
            return value.isEmpty ? emphasize(member.name) : "\(name)  \(value)"
        }
    }
}
