internal import Foundation
internal import Glibc
internal import PulpCore
internal import Synchronization

/// Kills what this process started and did not end, when this process ends, however it ends.
///
/// A guard, a shell, keeps the numbers of the running processes, and waits for the end of its standard input, of which this
/// process holds the other end.
public final class ProcessLeash: Sendable {
    private let end: Mutex<CInt>

    /// Starts the guard.
    public init() throws {
        end = Mutex(try Self.startGuard(Self.script))
    }

    deinit { _ = end.withLock { close($0) } }

    func hold(_ process: CInt) { tell("hold \(process)\n") }

    func release(_ process: CInt) { tell("release \(process)\n") }

    private func tell(_ line: String) {
        // A guard that is gone cannot be told, and nothing but this process's death would need it.
        end.withLock { end in line.withCString { _ = Glibc.send(end, $0, strlen($0), CInt(MSG_NOSIGNAL)) } }
    }

    private static let script = """
        trap : INT HUP TERM
        held=" "
        while read -r word process; do
            case $word in
                hold) held="$held$process " ;;
                release)
                    rest=" "
                    for other in $held; do [ "$other" = "$process" ] || rest="$rest$other "; done
                    held=$rest
                    ;;
            esac
        done
        for process in $held; do kill -KILL "$process" 2>/dev/null; done
        """

    /// Starts a shell that reads its standard input from this process.
    /// - Returns: this process's end, which is closed in every other child: they would keep the shell waiting.
    static func startGuard(_ script: String, _ arguments: [String] = []) throws -> CInt {
        var descriptors: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0, &descriptors) == 0 else {
            throw PulpError(.systemState, "cannot make a pair of sockets: \(String(cString: strerror(errno)))")
        }
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", script, "sh"] + arguments
        process.standardInput = FileHandle(fileDescriptor: descriptors[0], closeOnDealloc: true)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch {
            close(descriptors[1])
            throw error
        }
        return descriptors[1]
    }
}
