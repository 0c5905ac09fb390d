internal import GRDB
internal import Glibc
internal import Synchronization

/// SQLite's part of the lookups `regex` and `iregex`: functions of a text and a POSIX extended regular expression.
///
/// PostgreSQL has such expressions, and more, of its own. A null matches nothing; an expression that is none is an error.
enum PatternFunctions {
    static let matches = "matches"
    static let matchesAnyCase = "matches_any_case"

    /// An expression takes time and memory to be prepared; a filter has no use for a longer one.
    static let longest = 256

    /// How the message of an error begins that is about the expression, in PostgreSQL's words.
    static let refusal = "invalid regular expression"

    static func register(on db: GRDB.Database) {
        for (name, options) in [(matches, REG_EXTENDED | REG_NOSUB), (matchesAnyCase, REG_EXTENDED | REG_NOSUB | REG_ICASE)] {
            let latest = Mutex<(text: String, pattern: Pattern)?>(nil)
            db.add(
                function: DatabaseFunction(name, argumentCount: 2, pure: true) { values in
                    guard let text = String.fromDatabaseValue(values[0]), let wanted = String.fromDatabaseValue(values[1]) else {
                        return nil
                    }
                    // A statement asks of every row with the same expression.
                    return try latest.withLock { latest in
                        if let latest, latest.text == wanted { return latest.pattern.matches(text) }
                        let pattern = try Pattern(wanted, options)
                        latest = (wanted, pattern)
                        return pattern.matches(text)
                    }
                })
        }
    }

    /// A prepared expression, used by one connection at a time.
    private final class Pattern {
        private var compiled = regex_t()

        init(_ text: String, _ options: CInt) throws {
            guard text.utf8.count <= longest, regcomp(&compiled, text, options) == 0 else {
                throw GRDB.DatabaseError(resultCode: .SQLITE_MISMATCH, message: "\(refusal): \(text.prefix(longest))")
            }
        }

        deinit { regfree(&compiled) }

        func matches(_ text: String) -> Bool { regexec(&compiled, text, 0, nil, 0) == 0 }
    }
}
