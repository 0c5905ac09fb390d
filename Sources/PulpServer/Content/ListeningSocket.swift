import NIOCore

#if canImport(Glibc)
import Glibc
#endif

/// A socket that clients connect to, which ends without cutting off a client that was let in.
///
/// The kernel lets clients in by itself. Those that nobody took yet when the socket is closed are reset, requests and all.
struct ListeningSocket {
    let channel: any Channel
    /// Where the connections go.
    let loops: [any EventLoop]

    /// How long a handshake may take that has begun.
    private static let handshake: Duration = .milliseconds(50)
    /// How long to wait at most until everybody has a connection.
    private static let patience: Duration = .seconds(1)

    /// Lets nobody in any more, waits until everybody who was let in has a connection, and closes the socket.
    ///
    /// A client that comes in this moment hears nothing; when it knocks again, after a second, it is refused.
    func close() async {
        // Where the kernel has no filters, or does not count who waits, the socket is closed with those few at the door.
        do {
            try await ignoreKnocks()
            let start = ContinuousClock.now
            while true {
                let time = ContinuousClock.now - start
                if time > Self.patience { break }
                if time > Self.handshake, try await !isAwaited() { break }
                try await Task.sleep(for: .milliseconds(5))
            }
        } catch {}
        // A connection goes from the socket's event loop to its own and back before the socket may be closed.
        for loop in loops + [channel.eventLoop] {
            // Fails when the event loop has ended, and its connections with it.
            try? await loop.submit {}.get()
        }
        // Fails only when the socket is closed already.
        try? await channel.close()
    }

    /// Has the kernel drop every segment that begins a connection; those of handshakes that have begun still come in.
    private func ignoreKnocks() async throws {
        try await withOptions { options in
            let flags: UInt32 = 13
            let synchronize: UInt32 = 0x02
            let instructions = [
                FilterInstruction(code: BPF.loadByte, value: flags),
                FilterInstruction(code: BPF.jumpIfSet, otherwise: 1, value: synchronize),
                FilterInstruction(code: BPF.return, value: 0),
                FilterInstruction(code: BPF.return, value: .max),
            ]
            return instructions.withUnsafeBufferPointer { buffer in
                // On its event loop the option is set before this returns, and with it all that the kernel reads there.
                options.unsafeSetSocketOption(
                    level: .init(rawValue: SOL_SOCKET), name: .init(rawValue: SO_ATTACH_FILTER),
                    value: FilterProgram(count: UInt16(buffer.count), instructions: UInt(bitPattern: buffer.baseAddress)))
            }
        }
    }

    /// Whether the kernel let somebody in whom the program has not taken yet.
    private func isAwaited() async throws -> Bool {
        let state: tcp_info = try await withOptions { options in
            options.unsafeGetSocketOption(level: .init(rawValue: CInt(IPPROTO_TCP)), name: .init(rawValue: TCP_INFO))
        }
        // Of a listening socket, this is the length of its queue.
        return state.tcpi_unacked > 0
    }

    private func withOptions<Value: Sendable>(
        _ body: @escaping @Sendable (any SocketOptionProvider) -> EventLoopFuture<Value>
    ) async throws -> Value {
        let channel = channel
        return try await channel.eventLoop.flatSubmit {
            guard let options = channel as? any SocketOptionProvider else {
                return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
            }
            return body(options)
        }.get()
    }
}

/// The kernel's `sock_filter`.
private struct FilterInstruction {
    var code: UInt16
    /// How many instructions to skip when a condition holds.
    var then: UInt8 = 0
    /// And when it does not.
    var otherwise: UInt8 = 0
    var value: UInt32
}

/// The kernel's `sock_fprog`.
private struct FilterProgram: Sendable {
    var count: UInt16
    /// An address.
    var instructions: UInt
}

/// The codes of a filter's instructions.
private enum BPF {
    static let loadByte: UInt16 = 0x30
    static let jumpIfSet: UInt16 = 0x45
    static let `return`: UInt16 = 0x06
}
