internal import Glibc
internal import PulpCore

/// Wakes a thread that waits in poll(2) for a socket; once woken it stays so.
final class WakeUp: Sendable {
    enum Event {
        case input
        case timeout
        case woken
    }

    private let reader: CInt
    private let writer: CInt

    init() throws {
        var descriptors: [CInt] = [-1, -1]
        let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &descriptors) == 0 else {
            throw DatabaseError(.unavailable, "cannot make a pair of sockets: \(String(cString: strerror(errno)))")
        }
        (reader, writer) = (descriptors[0], descriptors[1])
    }

    deinit {
        Glibc.close(reader)
        Glibc.close(writer)
    }

    func wake() {
        var byte: UInt8 = 0
        // A full buffer has woken its reader long ago.
        _ = Glibc.write(writer, &byte, 1)
    }

    /// Waits for input on a socket (none when negative), for the time to pass, or to be woken.
    func wait(for socket: CInt, milliseconds: CInt) -> Event {
        var descriptors = [
            pollfd(fd: reader, events: Int16(POLLIN), revents: 0), pollfd(fd: socket, events: Int16(POLLIN), revents: 0),
        ]
        let count = poll(&descriptors, 2, milliseconds)
        if descriptors[0].revents != 0 { return .woken }
        return count > 0 ? .input : .timeout
    }
}
