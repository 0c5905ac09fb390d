internal import GRDBSQLite

/// The table-valued function `pulp_rows(?)`, through which SQLite reads ``SQLRows`` where they stand: its columns are `c0`,
/// `c1`, … Nothing is turned into text and parsed again.
///
/// See https://www.sqlite.org/vtab.html#tabfunc2 and https://www.sqlite.org/bindptr.html.
enum RowsTable {
    static let name = "pulp_rows"
    /// How many columns a table of values can have.
    static let maximumWidth = 64

    /// Tells SQLite what the bound pointer points to; nothing else is taken for it.
    fileprivate static let pointerType: StaticString = "pulp_rows"

    /// The values, kept alive by the statement that they are bound to.
    fileprivate final class Source {
        let values: [SQLValue]
        let width: Int

        init(_ values: [SQLValue], width: Int) { (self.values, self.width) = (values, width) }
    }

    /// A scan, of which SQLite knows the first member only.
    fileprivate struct Cursor {
        var base = sqlite3_vtab_cursor()
        var source: Unmanaged<Source>?
        var position = 0
    }

    /// Makes the function known to a connection.
    static func register(on connection: OpaquePointer) -> CInt {
        // SQLite keeps the pointer as long as the connection, and frees it with it.
        let module = UnsafeMutablePointer<sqlite3_module>.allocate(capacity: 1)
        module.initialize(to: callbacks)
        return sqlite3_create_module_v2(connection, name, module, module) { $0?.deallocate() }
    }

    /// Binds rows to a parameter, until the statement's bindings are cleared.
    static func bind(_ values: [SQLValue], width: Int, to statement: OpaquePointer, at index: CInt) -> CInt {
        let source = Unmanaged.passRetained(Source(values, width: width))
        return withPointerType { type in
            sqlite3_bind_pointer(statement, index, source.toOpaque(), type) { pointer in
                if let pointer { Unmanaged<Source>.fromOpaque(pointer).release() }
            }
        }
    }

    fileprivate static func withPointerType<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        // Static memory, as sqlite3_bind_pointer wants it.
        pointerType.utf8Start.withMemoryRebound(to: CChar.self, capacity: pointerType.utf8CodeUnitCount + 1, body)
    }
}

extension RowsTable {
    private static var callbacks: sqlite3_module {
        var module = sqlite3_module()
        module.xConnect = { connection, _, _, _, table, _ in
            let columns = (0..<RowsTable.maximumWidth).map { "c\($0)" }.joined(separator: ", ")
            let code = sqlite3_declare_vtab(connection, "CREATE TABLE x(\(columns), source HIDDEN)")
            guard code == SQLITE_OK else { return code }
            let made = UnsafeMutablePointer<sqlite3_vtab>.allocate(capacity: 1)
            made.initialize(to: sqlite3_vtab())
            table?.pointee = made
            return SQLITE_OK
        }
        module.xDisconnect = { table in
            table?.deallocate()
            return SQLITE_OK
        }
        module.xBestIndex = { _, plan in plan.map { RowsTable.choosePlan($0) } ?? SQLITE_ERROR }
        module.xOpen = { _, cursor in
            let made = UnsafeMutablePointer<Cursor>.allocate(capacity: 1)
            made.initialize(to: Cursor())
            cursor?.pointee = UnsafeMutableRawPointer(made).assumingMemoryBound(to: sqlite3_vtab_cursor.self)
            return SQLITE_OK
        }
        module.xClose = { cursor in
            guard let cursor = RowsTable.cast(cursor) else { return SQLITE_OK }
            cursor.pointee.source?.release()
            cursor.deallocate()
            return SQLITE_OK
        }
        module.xFilter = { cursor, _, _, count, arguments in
            guard let cursor = RowsTable.cast(cursor), count == 1, let argument = arguments?.pointee else { return SQLITE_ERROR }
            cursor.pointee.source?.release()
            let pointer = RowsTable.withPointerType { sqlite3_value_pointer(argument, $0) }
            cursor.pointee.source = pointer.map { Unmanaged<Source>.fromOpaque($0).retain() }
            cursor.pointee.position = 0
            return SQLITE_OK
        }
        module.xNext = { cursor in
            guard let cursor = RowsTable.cast(cursor), let source = cursor.pointee.source else { return SQLITE_ERROR }
            cursor.pointee.position += source._withUnsafeGuaranteedRef { $0.width }
            return SQLITE_OK
        }
        module.xEof = { cursor in
            guard let cursor = RowsTable.cast(cursor), let source = cursor.pointee.source else { return 1 }
            return cursor.pointee.position >= source._withUnsafeGuaranteedRef { $0.values.count } ? 1 : 0
        }
        module.xColumn = { cursor, context, column in
            guard let cursor = RowsTable.cast(cursor), let context, let source = cursor.pointee.source else { return SQLITE_ERROR }
            let position = cursor.pointee.position
            source._withUnsafeGuaranteedRef { source in
                if column < source.width { RowsTable.answer(source.values[position + Int(column)], to: context) }
            }
            return SQLITE_OK
        }
        module.xRowid = { cursor, row in
            row?.pointee = RowsTable.cast(cursor).map { sqlite3_int64($0.pointee.position) } ?? 0
            return SQLITE_OK
        }
        return module
    }

    /// The only way to read the table is from its first row to its last, once its parameter is known.
    private static func choosePlan(_ plan: UnsafeMutablePointer<sqlite3_index_info>) -> CInt {
        for index in 0..<Int(plan.pointee.nConstraint) {
            let constraint = plan.pointee.aConstraint[index]
            guard constraint.iColumn == maximumWidth, CInt(constraint.op) == SQLITE_INDEX_CONSTRAINT_EQ else { continue }
            guard constraint.usable != 0 else { return SQLITE_CONSTRAINT }
            plan.pointee.aConstraintUsage[index].argvIndex = 1
            plan.pointee.aConstraintUsage[index].omit = 1
            plan.pointee.estimatedCost = 1000
            plan.pointee.estimatedRows = 1000
            return SQLITE_OK
        }
        return SQLITE_CONSTRAINT
    }

    private static func cast(_ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?) -> UnsafeMutablePointer<Cursor>? {
        cursor.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: Cursor.self) }
    }

    private static func answer(_ value: SQLValue, to context: OpaquePointer) {
        switch value {
        case .null: sqlite3_result_null(context)
        case .integer(let number): sqlite3_result_int64(context, number)
        case .real(let number): sqlite3_result_double(context, number)
        case .boolean(let flag): sqlite3_result_int64(context, flag ? 1 : 0)
        case .text(var text):
            text.withUTF8 { utf8 in
                guard !utf8.hasNUL else { return sqlite3_result_error(context, SQLiteConnection.hasNUL, -1) }
                utf8.withMemoryRebound(to: CChar.self) { characters in
                    sqlite3_result_text(context, characters.baseAddress, CInt(characters.count), transient)
                }
            }
        }
    }

    /// `SQLITE_TRANSIENT`: SQLite copies the text. (A macro that Swift does not import.)
    private static var transient: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}
