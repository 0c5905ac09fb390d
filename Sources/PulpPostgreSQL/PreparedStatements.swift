internal import CPostgreSQL

/// Which statements a connection has prepared, at most a number of them: the one used longest ago makes room.
///
/// One text may be prepared for several types of parameters. Nulls fit every type, so a statement with an optional
/// parameter is prepared twice at most for each type, not once for each pattern of nulls.
struct PreparedStatements {
    struct Statement {
        let name: String
        let types: [Oid]
        var lastUse: Int
    }

    private var variants: [String: [Statement]] = [:]
    private var count = 0
    private var clock = 0
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// The name of a statement that takes these parameters, or nil when none has been prepared yet.
    mutating func find(_ text: String, types: [Oid], isNull: [Bool]) -> String? {
        guard
            let index = variants[text]?.firstIndex(where: { statement in
                statement.types.indices.allSatisfy { isNull[$0] || statement.types[$0] == types[$0] }
            })
        else { return nil }
        clock += 1
        variants[text]?[index].lastUse = clock
        return variants[text]?[index].name
    }

    /// A name for a new statement, and the name of the one that must be given up for it.
    mutating func makeRoom() -> (name: String, evicted: String?) {
        clock += 1
        return ("s\(clock)", count < limit ? nil : evict())
    }

    /// Remembers a statement that the server has prepared.
    mutating func insert(_ text: String, types: [Oid], name: String) {
        variants[text, default: []].append(Statement(name: name, types: types, lastUse: clock))
        count += 1
    }

    private mutating func evict() -> String? {
        let oldest = variants.min { left, right in
            (left.value.map(\.lastUse).min() ?? .max) < (right.value.map(\.lastUse).min() ?? .max)
        }
        guard let text = oldest?.key,
            let index = oldest?.value.indices.min(by: { left, right in
                (oldest?.value[left].lastUse ?? 0) < (oldest?.value[right].lastUse ?? 0)
            })
        else { return nil }
        let name = variants[text]?.remove(at: index).name
        if variants[text]?.isEmpty == true { variants[text] = nil }
        count -= 1
        return name
    }
}
