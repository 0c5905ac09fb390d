internal import PulpCore

/// What every ``PulpCore/Database`` promises, as checks with names.
///
/// ```swift
/// @Test(arguments: DatabaseConformance.checks)
/// func keepsItsPromise(check: DatabaseConformance.Check) async throws {
///     try await DatabaseKind.sqlite.withTemporaryDatabase { try await check.run(on: $0) }
/// }
/// ```
public enum DatabaseConformance {
    /// One promise.
    public struct Check: Sendable, CustomStringConvertible {
        /// The promise, as a sentence.
        public let description: String
        private let body: @Sendable (TemporaryDatabase) async throws -> Void

        init(_ description: String, _ body: @escaping @Sendable (TemporaryDatabase) async throws -> Void) {
            (self.description, self.body) = (description, body)
        }

        /// A promise that one instance of the database is enough for.
        init(_ description: String, with body: @escaping @Sendable (any Database) async throws -> Void) {
            self.init(description) { store in try await store.withDatabase { try await body($0) } }
        }

        /// Tries the promise on an empty database.
        /// - Throws: ``Failure``, or the error that the database threw where it must not.
        public func run(on store: TemporaryDatabase) async throws { try await body(store) }
    }

    /// A promise that is not kept.
    public struct Failure: Error, CustomStringConvertible {
        /// What was found in place of what was promised, and in which line of the check.
        public let description: String
    }

    /// All promises.
    public static let checks = values + tables + transactions + errors + processes + migrations
}

func expect(_ condition: Bool, _ message: @autoclosure () -> String, _ line: Int = #line) throws {
    guard condition else { throw DatabaseConformance.Failure(description: "\(message()) (line \(line))") }
}

func expectEqual<Value: Equatable>(_ found: Value, _ wanted: Value, _ line: Int = #line) throws {
    try expect(found == wanted, "found \(String(describing: found).prefix(200)), wanted \(String(describing: wanted).prefix(200))", line)
}

/// - Returns: the error, for whoever wants to look closer.
@discardableResult
func expectError(
    _ code: DatabaseError.Code, _ line: Int = #line, _ body: () async throws -> some Sendable
) async throws -> DatabaseError {
    do { _ = try await body() } catch let error as DatabaseError {
        try expect(error.code == code, "the error has another code: \(error)", line)
        return error
    }
    throw DatabaseConformance.Failure(description: "no error (line \(line))")
}
