internal import Glibc
internal import PulpCore

/// Wakes a thread that waits in poll(2) for a socket: for a moment, or for good.
final class WakeUp: Sendable {
    enum Event {
        case input
        case timeout
        /// There is something to do.
        case nudged
        /// From now on it is always woken.
        case woken
    }

    private let end: Pipe
    private let nudges: Pipe

    init() throws {
        (end, nudges) = (try Pipe(), try Pipe())
    }

    /// Wakes the thread for good.
    func wake() { end.write() }

    /// Wakes the thread once; nudges that it has not seen yet are one.
    func nudge() { nudges.write() }

    /// Waits for input on a socket (none when negative), for the time to pass, or to be woken.
    func wait(for socket: CInt, milliseconds: CInt) -> Event {
        var descriptors = [end.reader, nudges.reader, socket].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        let count = poll(&descriptors, 3, milliseconds)
        if descriptors[0].revents != 0 { return .woken }
        if descriptors[1].revents != 0 {
            nudges.drain()
            return .nudged
        }
        return count > 0 ? .input : .timeout
    }
}

/// Two ends of which one becomes readable when something is written to the other.
private final class Pipe: Sendable {
    let reader: CInt
    private let writer: CInt

    init() throws {
        var descriptors: [CInt] = [-1, -1]
        let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &descriptors) == 0 else {
            throw DatabaseError(.unavailable, "cannot make a pair of sockets: \(String(cString: strerror(errno)))")
        }
        (reader, writer) = (descriptors[0], descriptors[1])
    }

    deinit {
        Glibc.close(reader)
        Glibc.close(writer)
    }

    func write() {
        var byte: UInt8 = 0
        // A full buffer has woken its reader long ago.
        _ = Glibc.write(writer, &byte, 1)
    }

    func drain() {
        var bytes = [UInt8](repeating: 0, count: 256)
        while Glibc.read(reader, &bytes, bytes.count) == bytes.count {}
    }
}
