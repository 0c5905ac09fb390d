public import Foundation
internal import Synchronization

/// What a ``ChildProcess`` writes on one of its streams.
public final class ProcessOutput: Sendable {
    private let bytes = Mutex(Data())
    private let end = FakeGate()

    /// Nothing yet.
    public init() {}

    /// Takes what comes; nothing at all is the end.
    public func append(_ data: Data) {
        if data.isEmpty { end.open() } else { bytes.withLock { $0.append(data) } }
    }

    /// All of it, once it has ended.
    public func text() async -> String {
        await end.pass()
        return bytes.withLock { String(decoding: $0, as: UTF8.self) }
    }
}
