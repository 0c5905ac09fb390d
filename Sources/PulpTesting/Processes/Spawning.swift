internal import Foundation
internal import Glibc
internal import PulpCore

/// The start of a process, with the pipes that its streams go through.
///
/// Foundation's `Process` and the handlers of its `Pipe` do the same for programs that are not started and killed by the dozen.
struct Spawning {
    private struct Stream {
        let number: CInt
        let reading: CInt
        let writing: CInt
        let reader: @Sendable (Data) -> Void
    }

    private let folder: URL
    private var streams: [Stream] = []

    init(folder: URL) { self.folder = folder }

    /// Gives what comes on a stream to a reader; nothing does nothing.
    mutating func connect(_ number: CInt, to reader: (@Sendable (Data) -> Void)?) throws {
        guard let reader else { return }
        var ends: [CInt] = [-1, -1]
        // Closed in every other child of this process, or the stream would not end with its program.
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw Self.failure("make a pair of sockets", errno)
        }
        streams.append(Stream(number: number, reading: ends[0], writing: ends[1], reader: reader))
    }

    /// - Returns: the number of the process.
    func start(_ program: URL, _ arguments: [String], _ environment: [String: String]) throws -> CInt {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for number in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
            if let stream = streams.first(where: { $0.number == number }) {
                posix_spawn_file_actions_adddup2(&actions, stream.writing, number)
            } else {
                posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0)
            }
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // What this process blocks or ignores is no business of the other.
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        // The program takes the place of `env`, which is there to change the folder.
        let path = "/usr/bin/env"
        let line = [path, "--chdir=\(folder.path(percentEncoded: false))", program.path(percentEncoded: false)] + arguments
        var words: [UnsafeMutablePointer<CChar>?] = line.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for word in words + variables { free(word) } }
        var identifier: pid_t = 0
        let code = posix_spawn(&identifier, path, &actions, &attributes, &words, &variables)
        guard code == 0 else { throw Self.failure("start \(program.path(percentEncoded: false))", code) }
        return identifier
    }

    /// Reads each stream to its end, on a thread of its own.
    func read() {
        for stream in streams {
            let (reading, reader) = (fcntl(stream.reading, F_DUPFD_CLOEXEC, 3), stream.reader)
            startThread("pulp.child.stream") { Self.read(reading, reader) }
        }
    }

    private static func read(_ descriptor: CInt, _ reader: (Data) -> Void) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count > 0 {
                reader(Data(buffer[..<count]))
            } else if count == 0 || errno != EINTR {
                break
            }
        }
        Glibc.close(descriptor)
        reader(Data())
    }

    /// Closes this process's ends, but for those that are read.
    func close() {
        for stream in streams {
            Glibc.close(stream.reading)
            Glibc.close(stream.writing)
        }
    }

    private static func failure(_ what: String, _ code: CInt) -> PulpError {
        PulpError(.systemState, "cannot \(what): \(String(cString: strerror(code)))")
    }
}
