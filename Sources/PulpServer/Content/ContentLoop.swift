import NIOCore
import PulpCore

/// What the connections of one event loop share, used on that loop alone.
final class ContentLoop {
    let eventLoop: any EventLoop
    let source: any AnswerSource
    let store: any ArtifactStore
    let configuration: ContentServer.Configuration
    var prepared: PreparedArtifacts
    var clock = DateClock()
    private(set) var isDraining = false
    private var connections: [ObjectIdentifier: ContentConnection] = [:]
    private var sweeping: RepeatedTask?

    init(_ eventLoop: any EventLoop, source: any AnswerSource, store: any ArtifactStore, configuration: ContentServer.Configuration) {
        (self.eventLoop, self.source, self.store, self.configuration) = (eventLoop, source, store, configuration)
        prepared = PreparedArtifacts(memory: configuration.memoryPerLoop, files: configuration.filesPerLoop)
    }

    func add(_ connection: ContentConnection) {
        connections[ObjectIdentifier(connection)] = connection
        if sweeping == nil { startSweeping(every: .seconds(1)) }
    }

    private func startSweeping(every interval: TimeAmount) {
        sweeping?.cancel()
        let loop = NIOLoopBound(self, eventLoop: eventLoop)
        sweeping = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in loop.value.sweep(.now()) }
    }

    func remove(_ connection: ContentConnection) {
        connections[ObjectIdentifier(connection)] = nil
    }

    /// Has connections end with their next response, or after a moment without one; waits for none of them.
    func drain() {
        isDraining = true
        for connection in connections.values { connection.drain() }
        startSweeping(every: .milliseconds(50))
    }

    /// Ends all connections now.
    func close() {
        for connection in connections.values { connection.abort() }
        sweeping?.cancel()
        sweeping = nil
    }

    var isEmpty: Bool { connections.isEmpty }

    /// Ends connections that let time pass, and lets go of files that nobody asked for lately.
    ///
    /// A server without connections holds none, and has no timer.
    func sweep(_ now: NIODeadline) {
        for connection in connections.values where connection.deadline <= now { connection.expire() }
        prepared.sweep(now)
        guard connections.isEmpty, prepared.isEmpty else { return }
        sweeping?.cancel()
        sweeping = nil
    }
}
