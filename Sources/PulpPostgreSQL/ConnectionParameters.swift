internal import CPostgreSQL
internal import PulpCore

/// Where the server is and how to get in, in any form that libpq understands.
struct ConnectionParameters: Sendable {
    private let connectionString: String

    /// - Throws: ``DatabaseError`` when there is no libpq on this machine, or when it cannot read the string. The message does not
    ///   repeat the string: it may hold a password.
    init(_ connectionString: String) throws {
        if let reason = pulp_open_libpq() {
            throw DatabaseError(.unavailable, "PostgreSQL needs libpq: \(String(cString: reason))")
        }
        var message: UnsafeMutablePointer<CChar>?
        let options = PQconninfoParse(connectionString, &message)
        defer {
            PQconninfoFree(options)
            PQfreemem(message)
        }
        guard options != nil else {
            let reason = message.map { String(cString: $0) } ?? "out of memory"
            // libpq quotes the part it does not understand.
            let unquoted = reason.prefix { $0 != "\"" }.trimmed
            throw DatabaseError(.unavailable, "the address of the PostgreSQL database is not valid: \(unquoted)")
        }
        self.connectionString = connectionString
    }

    /// What the string says, one parameter after the other; what it leaves open is not among it.
    func options() throws -> [ServiceFile.Option] {
        let parsed = PQconninfoParse(connectionString, nil)
        guard var option = parsed else { throw DatabaseError(.unavailable, "out of memory") }
        defer { PQconninfoFree(parsed) }
        var options: [ServiceFile.Option] = []
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val {
                // libpq marks what a screen must not show.
                let isSecret = option.pointee.dispchar.map { String(cString: $0) } == "*"
                options.append(.init(keyword: String(cString: keyword), value: String(cString: value), isSecret: isSecret))
            }
            option += 1
        }
        return options
    }

    /// Connects; the caller owns the connection, which may be a failed one.
    func connect() -> OpaquePointer? {
        // The string's own parameters win over those before it.
        let parameters = [
            ("connect_timeout", "10"), ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "60000"), ("fallback_application_name", "pulp"), ("dbname", connectionString),
            ("client_encoding", "UTF8"),
        ]
        return withCStrings(parameters.map(\.0)) { keywords in
            withCStrings(parameters.map(\.1)) { values in PQconnectdbParams(keywords, values, 1) }
        }
    }
}

/// Calls a body with a null-terminated array of C strings, valid within the body only.
private func withCStrings<Result>(_ texts: [String], _ body: ([UnsafePointer<CChar>?]) -> Result) -> Result {
    let characters = texts.map { Array($0.utf8CString) }
    let offsets = characters.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    return Array(characters.joined()).withUnsafeBufferPointer { buffer in
        body(characters.indices.map { index in buffer.baseAddress.map { $0 + offsets[index] } } + [nil])
    }
}

extension StringProtocol {
    /// The text without the white space around it; libpq ends its messages with a line feed.
    var trimmed: String {
        let end = reversed().drop { $0.isWhitespace || $0 == ":" }
        return String(String(end.reversed()).drop { $0.isWhitespace })
    }
}
