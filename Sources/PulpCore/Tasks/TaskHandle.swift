/// A dispatched task.
public struct TaskHandle<Output: Codable & Sendable>: Sendable {
    /// The task's identity, for who asks again later.
    public let id: ID<TaskRecord>
    let key: Int64
    let engine: TaskEngine

    /// Waits until the task has ended, wherever it runs.
    ///
    /// Canceling the Swift task that waits ends the waiting, not the task. Somebody must run it: a `pulpd`,
    /// ``TaskEngine/run(with:until:)`` in this process, or ``Pulp/run(_:group:onProgress:)``.
    /// - Throws: ``PulpError`` with the code and the message of the error that the task ended with; `CancellationError` when the
    ///   task was canceled.
    public func value() async throws -> Output {
        guard let run = TaskRun.current else { return try await ended() }
        return try await run.lendingPlace { try await ended() }
    }

    /// Asks for the end of the task: one that waits is canceled at once, one that runs at its next `await`.
    ///
    /// See ``TaskEngine/cancel(_:)-(ID<TaskRecord>)``.
    public func cancel() async throws {
        try await engine.cancel(id)
    }

    /// The task's progress from now on, until the task ends.
    ///
    /// Brings every report of a task that runs in this process, and what is written to the database of one that runs elsewhere.
    public var progress: AsyncStream<ProgressReport> { engine.watch.progress(of: key) }

    private func ended() async throws -> Output {
        let end = try await engine.watch.end(of: key)
        switch end.state {
        case .completed: return try (end.result ?? .null).taskOutput()
        case .canceled, .skipped: throw CancellationError()
        default: throw PulpError(taskError: end.error ?? .null)
        }
    }
}

/// What is left of a task that has ended.
struct TaskEnd: Sendable {
    let state: TaskState
    let result: JSON?
    let error: JSON?
}

/// The output of a task that has nothing to say; its `result` is null.
public struct Empty: Sendable, Hashable, Codable {
    /// Nothing.
    public init() {}
}

extension JSON {
    /// A task's output as `result` shows it; nil stands for null.
    init?(taskOutput: some Encodable) throws {
        if taskOutput is Empty { return nil }
        self = try JSON(encoding: taskOutput)
        if self == .null { return nil }
    }

    fileprivate func taskOutput<Output: Decodable>(_ type: Output.Type = Output.self) throws -> Output {
        if let empty = Empty() as? Output { return empty }
        return try decode()
    }

    /// An error as `error` shows it.
    init(taskError error: any Error) {
        let error = (error as? DatabaseError)?.inPlainWords ?? error
        var members: JSON.Object = ["traceback": "", "description": .string("\(error)")]
        if let error = error as? PulpError { members["error_code"] = .string(error.code.description) }
        self = .object(members)
    }

    /// Why a task was ended from outside, as `error` shows it.
    init(taskReason reason: String) {
        self = ["reason": .string(reason)]
    }
}

extension DatabaseError {
    /// For who reads why a task failed, where no statement explains it better.
    fileprivate var inPlainWords: any Error {
        switch code {
        case .full: PulpError(.storageFull, "there is no space left for the database: \(message)")
        case .foreignKeyViolation:
            PulpError(.conflict, "something that the task was about to use was deleted meanwhile; run it again (\(message))")
        default: self
        }
    }
}

extension PulpError {
    /// The error that a task ended with, out of its `error`.
    init(taskError json: JSON) {
        let code = json["error_code"]?.stringValue.map(Code.init)
        let text = json["description"]?.stringValue ?? json["reason"]?.stringValue ?? "the task failed without saying why"
        // The text of a PulpError begins with its code.
        let prefix = code.map { "[\($0)] " } ?? ""
        self.init(code ?? .internal, text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text)
    }
}
