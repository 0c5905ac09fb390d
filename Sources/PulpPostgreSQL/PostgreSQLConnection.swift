internal import CPostgreSQL
internal import Logging
internal import PulpCore

/// One connection to the server, which belongs to the thread that made it.
final class PostgreSQLConnection {
    private let handle: OpaquePointer
    private var statements = PreparedStatements(limit: 256)
    private var reading: RowReader?
    /// Statements that go to the server together with the next one: nobody waits for what they say.
    private var postponed: [Statement] = []
    /// Whether the server has answered since ``begin(_:)``: before that, nothing can have happened in the transaction.
    private(set) var hasBegun = false

    /// Whether libpq hands the rows of the next statement over one by one, if that is sent in a pipeline: it forgets what a stream
    /// asked for with the next statement outside of one.
    private var isSingleRow = false

    private struct Statement {
        let text: String
        /// The server's name for it.
        let name: String
        let parameters: Parameters
    }

    /// Connects.
    /// - Throws: ``DatabaseError`` with `unavailable`, and what libpq says; it names host and user, and never the password.
    init(to parameters: ConnectionParameters, logger: Logger) throws {
        guard let handle = parameters.connect() else { throw DatabaseError(.unavailable, "out of memory") }
        self.handle = handle
        guard PQstatus(handle) == CONNECTION_OK else {
            throw DatabaseError(.unavailable, "PostgreSQL cannot be reached: \(Self.message(of: handle))")
        }
        guard PQserverVersion(handle) >= 140_000 else {
            throw DatabaseError(.unavailable, "PostgreSQL is older than version 14")
        }
        guard let encoding = PQparameterStatus(handle, "server_encoding"), String(cString: encoding) == "UTF8" else {
            throw DatabaseError(.unavailable, "the PostgreSQL database must have the encoding UTF8")
        }
        // A program's standard error is not libpq's. The server's log keeps what it warns of.
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        do {
            try command("SET client_min_messages = error")
            // As SQLite's busy timeout: who waits for a lock longer than this gets an error, not an endless task.
            try command("SET lock_timeout = '30s'")
            // To compile a plan takes longer than our statements do.
            try command("SET jit = off")
            // What takes longer has gone wrong. A URL's options (`options=-c statement_timeout=…`) win.
            try command("SELECT set_config('statement_timeout', '10min', false) WHERE current_setting('statement_timeout') = '0'")
            // Transactions do nothing but to talk to the server: a process that was paused in one must not keep its locks.
            try command("SET idle_in_transaction_session_timeout = '15s'")
            // A machine that vanished gives up its locks and leases within half a minute.
            try command("SET tcp_keepalives_idle = 10")
            try command("SET tcp_keepalives_interval = 5")
            try command("SET tcp_keepalives_count = 4")
        } catch let error as ServerError {
            throw error.error
        }
        logger.debug("connected to PostgreSQL", metadata: ["server": "\(PQserverVersion(handle))"])
    }

    deinit { PQfinish(handle) }

    var isBroken: Bool { PQstatus(handle) != CONNECTION_OK }
    /// Whether the connection is outside any transaction and at rest.
    var isIdle: Bool { PQtransactionStatus(handle) == PQTRANS_IDLE }
    var socket: CInt { PQsocket(handle) }

    /// Has a transaction begin with the next statement.
    func begin(_ command: String) throws {
        postponed = []
        hasBegun = false
        try post(command, [])
    }

    /// Commits what there is; a transaction without a statement is not worth a word.
    func commit() throws {
        if hasBegun || postponed.count > 1 { try run("COMMIT", []) { _ in } }
        postponed = []
    }

    func rollBack() throws {
        postponed = []
        if !isIdle { try command("ROLLBACK") }
    }

    /// Has a statement run before the next one, in one message with it.
    func post(_ text: String, _ bindings: [SQLBinding]) throws {
        postponed.append(try prepare(text, try Parameters(bindings)))
    }

    /// Runs a command without parameters, and returns what the server did: `COMMIT`, `ROLLBACK`.
    @discardableResult
    func command(_ text: String) throws -> String {
        try finishReading()
        let result = ServerResult(PQexec(handle, text))
        try check(result, text)
        return result.command
    }

    /// Runs a statement, hands its rows over at the end, and returns the number of rows that it changed.
    @discardableResult
    func run(_ text: String, _ bindings: [SQLBinding], _ body: (Row) throws -> Void) throws -> Int {
        try finishReading()
        let statement = try prepare(text, try Parameters(bindings))
        defer { postponed = [] }
        let result = try exchange(postponed + [statement])
        if result.rowCount > 0 {
            let layout = result.layout()
            for index in 0..<result.rowCount { try body(try result.row(index, layout)) }
        }
        return result.changedRows
    }

    /// Runs a statement and hands its rows over while they arrive.
    ///
    /// The body may use the connection; the rows that it has not seen then wait in memory.
    func stream(_ text: String, _ bindings: [SQLBinding], _ body: (Row) throws -> Void) throws {
        try finishReading()
        let statement = try prepare(text, try Parameters(bindings))
        try sendPostponed()
        guard send(statement) else { throw brokenConnection(text) }
        PQsetSingleRowMode(handle)
        isSingleRow = true
        let reader = RowReader()
        reading = reader
        do {
            while let row = try nextRow(of: reader, text) { try body(row) }
        } catch {
            // What the server still sends belongs to nobody.
            if reading === reader { while receive() != nil {} }
            throw error
        }
    }

    /// Notifications that have arrived.
    /// - Returns: whether there were any of other connections.
    func takeNotifications() throws -> Bool {
        guard PQconsumeInput(handle) == 1 else { throw brokenConnection("LISTEN") }
        var any = false
        while let notification = PQnotifies(handle) {
            if notification.pointee.be_pid != PQbackendPID(handle) { any = true }
            PQfreemem(notification)
        }
        return any
    }

    // MARK: Rows that arrive one by one

    /// The rows of a statement that the server is still sending.
    private final class RowReader {
        var layout: ResultLayout?
        var waiting: [Row] = []
        var taken = 0
    }

    private func nextRow(of reader: RowReader, _ text: String) throws -> Row? {
        if reader.taken < reader.waiting.count {
            defer { reader.taken += 1 }
            return reader.waiting[reader.taken]
        }
        guard reading === reader else { return nil }
        return try receiveRow(of: reader, text)
    }

    private func receiveRow(of reader: RowReader, _ text: String) throws -> Row? {
        while let received = receive() {
            let result = ServerResult(received)
            guard result.status == PGRES_SINGLE_TUPLE else {
                do { try check(result, text) } catch {
                    while receive() != nil {}
                    throw error
                }
                continue
            }
            let layout = reader.layout ?? result.layout()
            reader.layout = layout
            return try result.row(0, layout)
        }
        return nil
    }

    /// The next part of an answer, or nil when the server is ready for the next statement.
    private func receive() -> OpaquePointer? {
        let result = PQgetResult(handle)
        if result == nil { reading = nil }
        return result
    }

    /// Takes in the rest of what the server is sending, so that it can be asked something else.
    private func finishReading() throws {
        guard let reader = reading else { return }
        while let row = try receiveRow(of: reader, "") { reader.waiting.append(row) }
    }

    // MARK: Statements and their errors

    private func prepare(_ text: String, _ parameters: Parameters) throws -> Statement {
        if let known = statements.find(text, types: parameters.types, isNull: parameters.isNull) {
            return Statement(text: text, name: known, parameters: parameters)
        }
        // They may make what the statement is about; and the one that has to go for it may be among them.
        try sendPostponed()
        let (name, evicted) = statements.makeRoom()
        if let evicted { try command("DEALLOCATE \(evicted)") }
        let result = ServerResult(PQprepare(handle, name, text, CInt(parameters.types.count), parameters.types))
        try check(result, text)
        statements.insert(text, types: parameters.types, name: name)
        return Statement(text: text, name: name, parameters: parameters)
    }

    private func sendPostponed() throws {
        guard !postponed.isEmpty else { return }
        defer { postponed = [] }
        _ = try exchange(postponed)
    }

    /// Sends statements in one message, and returns the answer to the last one.
    ///
    /// See https://www.postgresql.org/docs/current/libpq-pipeline-mode.html.
    private func exchange(_ statements: [Statement]) throws -> ServerResult {
        guard let last = statements.last else { throw ServerError(state: nil, DatabaseError(.other, "there is no statement")) }
        guard statements.count > 1, !isSingleRow else {
            for statement in statements.dropLast() { _ = try execute(statement) }
            return try execute(last)
        }
        guard PQenterPipelineMode(handle) == 1 else { throw brokenConnection(last.text) }
        defer { PQexitPipelineMode(handle) }
        for statement in statements {
            guard send(statement) else { throw brokenConnection(statement.text) }
        }
        guard PQpipelineSync(handle) == 1 else { throw brokenConnection(last.text) }
        // Each answer ends with the absence of another. A refused statement has the server skip those that follow it.
        var refusal: ServerError?
        for statement in statements.dropLast() {
            let result = ServerResult(PQgetResult(handle))
            PQclear(PQgetResult(handle))
            do { try check(result, statement.text) } catch { refusal = refusal ?? error }
            if refusal == nil { hasBegun = true }
        }
        let result = ServerResult(PQgetResult(handle))
        PQclear(PQgetResult(handle))
        // The end of the message.
        PQclear(PQgetResult(handle))
        if let refusal { throw refusal }
        try check(result, last.text)
        hasBegun = true
        return result
    }

    /// Sends one statement, and waits for the answer.
    private func execute(_ statement: Statement) throws(ServerError) -> ServerResult {
        let result = ServerResult(
            statement.parameters.withPointers { PQexecPrepared(handle, statement.name, $0, $1, $2, $3, 0) })
        isSingleRow = false
        try check(result, statement.text)
        hasBegun = true
        return result
    }

    private func send(_ statement: Statement) -> Bool {
        statement.parameters.withPointers { PQsendQueryPrepared(handle, statement.name, $0, $1, $2, $3, 0) } == 1
    }

    private func check(_ result: borrowing ServerResult, _ text: String) throws(ServerError) {
        switch result.status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_SINGLE_TUPLE: return
        case PGRES_EMPTY_QUERY: throw ServerError(state: nil, DatabaseError(.other, "the statement is empty"))
        default: break
        }
        guard let state = result.error("C").map({ SQLState($0) }), let primary = result.error("M") else {
            throw brokenConnection(text)
        }
        var message = primary
        if let constraint = result.error("n"), !primary.contains(constraint) { message += " (constraint \(constraint))" }
        throw ServerError(
            state: state, routine: result.error("R"), DatabaseError(state.code, message, statement: text.isEmpty ? nil : text))
    }

    private func brokenConnection(_ text: String) -> ServerError {
        ServerError(
            state: nil,
            DatabaseError(
                isBroken ? .unavailable : .other, "the connection to PostgreSQL failed: \(Self.message(of: handle))",
                statement: text.isEmpty ? nil : text))
    }

    private static func message(of handle: OpaquePointer) -> String {
        String(cString: PQerrorMessage(handle)).split(whereSeparator: \.isNewline).map(\.trimmed).joined(separator: "; ")
    }
}
