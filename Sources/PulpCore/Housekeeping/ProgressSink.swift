/// Where housekeeping says how far it is: a task's progress reports, or nowhere.
struct ProgressSink: Sendable {
    private let send: @Sendable (String, String, Int, Int?) async -> Void

    static let none = ProgressSink { _, _, _, _ in }

    init(_ send: @escaping @Sendable (String, String, Int, Int?) async -> Void) { self.send = send }

    init(_ context: TaskContext) {
        send = { code, message, done, total in await context.progress(code, message, done: done, total: total) }
    }

    func report(_ code: String, _ message: String, done: Int, total: Int? = nil) async {
        await send(code, message, done, total)
    }
}
