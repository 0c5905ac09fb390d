internal import GRDB
internal import GRDBSQLite

/// A GRDB connection inside a transaction, as the rest of PulpCore sees it.
struct SQLiteConnection: SQLConnection {
    /// What doomed a transaction: PostgreSQL takes no statement after one that failed, and commits nothing; so do we.
    private final class Outcome {
        var failure: DatabaseError?
        var isAnnounced = false
    }

    static let hasNUL = "a text with a NUL character cannot be stored"

    private let db: GRDB.Database
    private let cancellation: Cancellation
    private let outcome = Outcome()

    private init(_ db: GRDB.Database, _ cancellation: Cancellation) {
        (self.db, self.cancellation) = (db, cancellation)
    }

    /// Runs a transaction's body.
    /// - Parameter onAnnouncement: called at its end when it announced its changes.
    /// - Throws: what the body throws, and the error of a statement even if the body caught it.
    static func run<Value>(
        _ db: GRDB.Database, _ cancellation: Cancellation, onAnnouncement: () -> Void = {}, _ body: (any SQLConnection) throws -> Value
    ) throws -> Value {
        let connection = SQLiteConnection(db, cancellation)
        let value = try body(connection)
        if let failure = connection.outcome.failure { throw failure }
        if connection.outcome.isAnnounced { onAnnouncement() }
        return value
    }

    /// Makes a new connection know what ``Dialect/sqlite`` writes.
    static func prepare(_ db: GRDB.Database) throws {
        guard let connection = db.sqliteConnection else { throw DatabaseError(.closed, "the database is closed") }
        let code = RowsTable.register(on: connection)
        guard code == SQLITE_OK else { throw GRDB.DatabaseError(resultCode: ResultCode(rawValue: code)) }
        PatternFunctions.register(on: db)
    }

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
            // The values are taken from SQLite itself: GRDB's row would make each of them twice.
            while try cursor.next() != nil {
                var values: [SQLValue] = []
                values.reserveCapacity(columns.names.count)
                for index in columns.names.indices { values.append(Self.value(of: statement.sqliteStatement, at: CInt(index))) }
                try body(Row(columns: columns, values: values))
            }
        }
    }

    /// Nothing to do: there is one writer at a time.
    func lock(exclusive: [String], shared: [String]) throws {}

    /// Others are told after the commit; `PRAGMA data_version` tells them too, a moment later.
    func announce() throws { outcome.isAnnounced = true }

    func post(_ sql: SQL) throws { _ = try execute(sql) }

    /// Nothing is lost sooner: the commits of one moment reach the disk together.
    func allowLoss() {}

    /// Plans are made without statistics, and so for indexes.
    func preferIndexes() {}

    private func prepared<Value>(_ sql: SQL, _ body: (Statement) throws -> Value) throws -> Value {
        if let failure = outcome.failure { throw failure }
        if cancellation.isRequested { throw CancellationError() }
        do {
            let (text, bindings) = sql.rendered(for: .sqlite)
            var statement = try db.cachedStatement(sql: text)
            // A body of `forEach` may run the statement whose rows it is given.
            if sqlite3_stmt_busy(statement.sqliteStatement) != 0 { statement = try db.makeStatement(sql: text) }
            try bind(bindings, to: statement)
            // A cached statement must not keep the values of a large batch.
            defer {
                sqlite3_reset(statement.sqliteStatement)
                sqlite3_clear_bindings(statement.sqliteStatement)
            }
            return try body(statement)
        } catch let error as GRDB.DatabaseError {
            let failure = DatabaseError(error)
            outcome.failure = failure
            throw failure
        }
    }

    private func bind(_ bindings: [SQLBinding], to statement: Statement) throws {
        try statement.setArguments(StatementArguments(bindings.map(Self.argument)))
        for (index, binding) in bindings.enumerated() {
            guard case .table(let values, let width) = binding else { continue }
            let code = RowsTable.bind(values, width: width, to: statement.sqliteStatement, at: CInt(index + 1))
            guard code == SQLITE_OK else { throw GRDB.DatabaseError(resultCode: ResultCode(rawValue: code)) }
        }
    }

    private static func argument(_ binding: SQLBinding) throws -> DatabaseValue {
        guard case .value(let value) = binding else { return .null }
        switch value {
        case .null: return .null
        case .integer(let number): return number.databaseValue
        case .real(let number): return number.databaseValue
        case .boolean(let flag): return flag.databaseValue
        case .text(let text):
            guard !text.hasNUL else { throw DatabaseError(.other, hasNUL) }
            return text.databaseValue
        }
    }

    /// The value of a column in the row where a statement stands.
    private static func value(of statement: SQLiteStatement, at index: CInt) -> SQLValue {
        switch sqlite3_column_type(statement, index) {
        case SQLITE_NULL: return .null
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, index))
        case SQLITE_FLOAT: return .real(sqlite3_column_double(statement, index))
        default:
            // Text, and bytes that somebody else wrote: SQLite says how many once it has made them UTF-8.
            let start = sqlite3_column_text(statement, index)
            return .text(
                String(decoding: UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, index))), as: UTF8.self))
        }
    }

    static func translatingErrors<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch { throw translated(error) }
    }

    static func translated(_ error: any Error) -> any Error {
        (error as? GRDB.DatabaseError).map(DatabaseError.init) ?? error
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
                case .SQLITE_CANTOPEN: .unavailable
                case .SQLITE_MISMATCH where error.message?.hasPrefix(PatternFunctions.refusal) == true: .invalidPattern
                case .SQLITE_MISUSE, .SQLITE_INTERRUPT, .SQLITE_ABORT: .closed
                default: .other
                }
            }
        self.init(code, error.message ?? "\(error.resultCode)", statement: error.sql)
    }
}
