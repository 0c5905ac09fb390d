internal import Foundation
internal import PulpCore

/// How a program of PostgreSQL is told where the server is.
///
/// Its standard input is a file without a name, which it reads as its service file: everybody on the machine can read its command
/// line, and a password must not stand there.
///
/// See https://www.postgresql.org/docs/current/libpq-pgservice.html.
struct ServiceFile: Sendable {
    /// A connection parameter of libpq.
    struct Option: Sendable, Hashable {
        let keyword: String
        let value: String
        let isSecret: Bool
    }

    /// What to write into the file; nil when the program reads one that the user has.
    let text: String?
    /// What `--dbname` says.
    let connection: String
    /// What is added to the program's surroundings.
    let environment: [String: String]

    /// - Throws: ``DatabaseError`` that names a parameter, not its value, which such a file cannot hold.
    init(_ options: [Option]) throws {
        guard options.contains(where: { $0.keyword == "service" }) else {
            let lines = try options.map(Self.line)
            text = "[pulp]\n" + lines.joined()
            connection = "service=pulp"
            environment = ["PGSERVICEFILE": "/dev/stdin"]
            return
        }
        // A service cannot refer to another one.
        text = nil
        connection = options.filter { !$0.isSecret }.map { "\($0.keyword)='\(Self.quoted($0.value))'" }.joined(separator: " ")
        var environment: [String: String] = [:]
        for option in options where option.isSecret {
            guard option.keyword == "password" else {
                throw DatabaseError(.other, "PostgreSQL's programs cannot be given a service together with \(option.keyword)")
            }
            environment["PGPASSWORD"] = option.value
        }
        self.environment = environment
    }

    private static func line(_ option: Option) throws -> String {
        // libpq cuts white space off, and what follows a line feed would be another parameter.
        let isHeld = option.value.utf8.allSatisfy { $0 >= 0x20 } && option.value.last?.isWhitespace != true
        guard isHeld else {
            throw DatabaseError(.other, "the connection parameter \(option.keyword) has a control character, or ends with a space")
        }
        return "\(option.keyword)=\(option.value)\n"
    }

    private static func quoted(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
    }

    /// The file, open and already without a name, so that nothing is left of it however this process ends.
    func open() throws -> FileHandle {
        guard let text else { return .nullDevice }
        let path = NSTemporaryDirectory() + "/pulp-service-\(UUID().uuidString)"
        // Readable by its owner alone.
        let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw DatabaseError(.other, "cannot make a temporary file: \(String(cString: strerror(errno)))")
        }
        unlink(path)
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try file.write(contentsOf: Data(text.utf8))
        try file.seek(toOffset: 0)
        return file
    }
}
