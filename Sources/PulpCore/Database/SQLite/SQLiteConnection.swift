internal import GRDB

/// A GRDB connection inside a transaction, as the rest of PulpCore sees it.
struct SQLiteConnection: SQLConnection {
    private let db: GRDB.Database

    init(_ db: GRDB.Database) { self.db = db }

    var dialect: Dialect { .sqlite }

    func execute(_ sql: SQL) throws -> Int {
        try prepared(sql) { statement in
            try statement.execute()
            return db.changesCount
        }
    }

    func query(_ sql: SQL) throws -> [Row] {
        var rows: [Row] = []
        try forEach(sql) { rows.append($0) }
        return rows
    }

    func forEach(_ sql: SQL, _ body: (Row) throws -> Void) throws {
        try prepared(sql) { statement in
            let columns = Row.Columns(statement.columnNames)
            let cursor = try GRDB.Row.fetchCursor(statement)
            while let row = try cursor.next() {
                try body(Row(columns: columns, values: (0..<columns.names.count).map { Self.value(of: row, at: $0) }))
            }
        }
    }

    /// Nothing to do: there is one writer at a time.
    func lock(_ names: [String]) throws {}

    /// Nothing to do: `PRAGMA data_version` tells the others.
    func announce() throws {}

    private func prepared<Value>(_ sql: SQL, _ body: (Statement) throws -> Value) throws -> Value {
        let (text, bindings) = sql.rendered(for: .sqlite)
        return try Self.translatingErrors {
            let statement = try db.cachedStatement(sql: text)
            try statement.setArguments(StatementArguments(bindings.map(Self.argument)))
            return try body(statement)
        }
    }

    private static func argument(_ binding: SQLBinding) -> DatabaseValue {
        guard case .value(let value) = binding else { return .null }
        return switch value {
        case .null: .null
        case .integer(let number): number.databaseValue
        case .real(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .boolean(let flag): flag.databaseValue
        }
    }

    private static func value(of row: GRDB.Row, at index: Int) -> SQLValue {
        let value: DatabaseValue = row[index]
        return switch value.storage {
        case .null: .null
        case .int64(let number): .integer(number)
        case .double(let number): .real(number)
        case .string(let text): .text(text)
        case .blob(let data): .text(String(decoding: data, as: UTF8.self))
        }
    }

    static func translatingErrors<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as GRDB.DatabaseError { throw DatabaseError(error) }
    }

    static func translatingErrors<Value>(_ body: () async throws -> Value) async throws -> Value {
        do { return try await body() } catch let error as GRDB.DatabaseError { throw DatabaseError(error) }
    }
}

extension DatabaseError {
    init(_ error: GRDB.DatabaseError) {
        let code: Code =
            switch error.extendedResultCode {
            case .SQLITE_CONSTRAINT_UNIQUE, .SQLITE_CONSTRAINT_PRIMARYKEY, .SQLITE_CONSTRAINT_ROWID: .uniqueViolation
            case .SQLITE_CONSTRAINT_FOREIGNKEY, .SQLITE_CONSTRAINT_TRIGGER: .foreignKeyViolation
            case .SQLITE_CONSTRAINT_CHECK: .checkViolation
            case .SQLITE_CONSTRAINT_NOTNULL: .notNullViolation
            default:
                switch error.resultCode {
                case .SQLITE_BUSY, .SQLITE_LOCKED: .busy
                case .SQLITE_READONLY: .readOnly
                case .SQLITE_FULL: .full
                case .SQLITE_CANTOPEN, .SQLITE_MISUSE, .SQLITE_INTERRUPT, .SQLITE_ABORT: .unavailable
                default: .other
                }
            }
        self.init(code, error.message ?? "\(error.resultCode)", statement: error.sql)
    }
}
