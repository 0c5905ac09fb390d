/// Runs tasks.
public final class TaskEngine: Sendable {
    init() {}
}
