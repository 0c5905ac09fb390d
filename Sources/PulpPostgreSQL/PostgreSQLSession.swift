internal import Glibc
internal import Logging
internal import PulpCore

/// Runs transactions on a connection, which it makes when it needs one and replaces when it breaks; belongs to one thread.
final class PostgreSQLSession {
    enum Mode: String {
        case read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        case write = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
    }

    private enum Attempt<Value> {
        case committed(Value)
        case failed(any Error)
        case retry(any Error)
    }

    private static let attempts = 10

    private let parameters: ConnectionParameters
    private let logger: Logger
    private let onAnnouncement: @Sendable () -> Void
    private var connection: PostgreSQLConnection?

    /// - Parameter onAnnouncement: called after the commit of each transaction that announced its changes.
    init(_ parameters: ConnectionParameters, logger: Logger, onAnnouncement: @escaping @Sendable () -> Void) {
        (self.parameters, self.logger, self.onAnnouncement) = (parameters, logger, onAnnouncement)
    }

    /// Runs a body in a transaction, again when the server asks for it.
    func transaction<Value>(
        _ mode: Mode, _ cancellation: Cancellation, _ body: (any SQLConnection) throws -> Value
    ) throws -> Value {
        for attempt in 1... {
            if cancellation.isRequested { throw CancellationError() }
            switch try self.attempt(mode, cancellation, body) {
            case .committed(let value): return value
            case .failed(let error): throw error
            case .retry(let error):
                guard attempt < Self.attempts else { throw error }
                logger.debug("repeating a transaction", metadata: ["attempt": "\(attempt)", "error": "\(error)"])
                // Apart from each other, those that met in a deadlock do not meet again.
                usleep(.random(in: 0...(1000 << UInt32(min(attempt, 7)))))
            }
        }
        throw DatabaseError(.busy, "a transaction was repeated without end")
    }

    private func attempt<Value>(
        _ mode: Mode, _ cancellation: Cancellation, _ body: (any SQLConnection) throws -> Value
    ) throws -> Attempt<Value> {
        let known = connection
        let connection = try known ?? PostgreSQLConnection(to: parameters, logger: logger)
        self.connection = connection
        let transaction = PostgreSQLTransaction(connection, cancellation)
        let outcome = Result {
            try transaction.begin(mode)
            return try body(transaction)
        }
        if known != nil, transaction.failure != nil, !connection.hasBegun {
            // It broke while nobody used it, and is replaced without a word.
            discard(connection)
            return try attempt(mode, cancellation, body)
        }
        do {
            if case .success(let value) = outcome, transaction.failure == nil {
                try commit(connection)
                if transaction.hasAnnounced { onAnnouncement() }
                return .committed(value)
            }
            if !connection.isBroken { try connection.rollBack() }
        } catch let error as ServerError {
            discard(connection)
            return error.asksForRetry ? .retry(error.error) : .failed(error.error)
        }
        if transaction.failure?.hasStalePlan == true || !connection.isIdle { discard(connection) }
        if let failure = transaction.failure, failure.asksForRetry { return .retry(failure.error) }
        if case .failure(let error) = outcome {
            guard error is TransactionRetry else { return .failed(error) }
            return .retry(DatabaseError(.busy, "what a transaction read changed again and again"))
        }
        // The body caught the error, and the server has forgotten what it did before.
        return .failed(transaction.failure?.error ?? DatabaseError(.other, "a transaction ended without an outcome"))
    }

    private func commit(_ connection: PostgreSQLConnection) throws {
        do { try connection.commit() } catch let error as ServerError where error.state == nil {
            throw ServerError(
                state: nil,
                DatabaseError(
                    .unknownOutcome,
                    "\(error.error.message); the transaction was about to be committed, and it is not known whether it was"))
        }
    }

    private func discard(_ connection: PostgreSQLConnection) {
        if self.connection === connection { self.connection = nil }
    }
}
