public import PulpCore

/// The databases that every test of data runs on.
///
/// ```swift
/// @Test(arguments: DatabaseKind.allCases)
/// func repositoriesHaveNames(kind: DatabaseKind) async throws {
///     try await kind.withDatabase { database in … }
/// }
/// ```
public enum DatabaseKind: String, CaseIterable, Sendable, CustomStringConvertible {
    case sqlite
    case postgreSQL

    /// The kind's name, which names the test's case.
    public var description: String { rawValue }

    /// Runs a body with an empty database of its own, which is gone afterwards.
    /// - Throws: what the body throws, and a clear error where PostgreSQL is not installed.
    public func withDatabase<Value>(
        isolation: isolated (any Actor)? = #isolation, _ body: (any Database) async throws -> Value
    ) async throws -> Value {
        try await withTemporaryDatabase { try await $0.withDatabase(body) }
    }

    /// Runs a body with an empty database that it can open as often as it likes; for tests of several processes.
    public func withTemporaryDatabase<Value>(
        isolation: isolated (any Actor)? = #isolation, _ body: (TemporaryDatabase) async throws -> Value
    ) async throws -> Value {
        switch self {
        case .sqlite: try await TemporarySQLite.with(body)
        case .postgreSQL: try await TemporaryPostgreSQL.with(body)
        }
    }
}
