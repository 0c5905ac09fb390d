internal import Foundation
internal import Glibc
internal import PulpCore
internal import PulpPostgreSQL

/// A running PostgreSQL server of this process's own.
///
/// A guard, a shell, makes the cluster, starts the server, and waits for the end of its standard input, of which this process
/// holds the other end. So the server ends and its folder goes when this process ends, killed or not.
struct PostgreSQLServer: Sendable {
    /// What a server pays for.
    enum Durability {
        /// Commits outlive a crash of the server and of the machine.
        case full
        /// Nothing does: for tests that do not stop it.
        case none

        fileprivate var options: String {
            switch self {
            case .full: "-c checkpoint_timeout=30s"
            case .none: "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c checkpoint_timeout=1h"
            }
        }
    }

    /// The user whom the server asks for a password; everybody else is believed.
    static let userWithPassword = "guarded"

    private let folder: String
    private let programs: String
    private let leash: CInt

    func url(of database: String) -> String { "postgresql:///\(database)?host=\(folder)&user=postgres" }

    /// Starts a server and waits until it answers.
    static func start(_ durability: Durability = .none) throws -> PostgreSQLServer {
        let programs = try programs()
        let folder = try makeFolder()
        let asPostgres = geteuid() == 0 ? "setpriv --reuid=postgres --regid=postgres --clear-groups --reset-env --" : ""
        let leash = try ProcessLeash.startGuard(script, [folder, programs, asPostgres, durability.options, userWithPassword])
        let server = PostgreSQLServer(folder: folder, programs: programs, leash: leash)
        do { try server.waitUntilReady() } catch {
            server.end()
            throw error
        }
        return server
    }

    /// Ends the server, whose folder goes.
    func end() { close(leash) }

    /// Stops the server at once, as a crash would: clients are cut off, and nothing is written that was not written yet.
    func halt() throws {
        try tell("halt")
        let deadline = ContinuousClock.now + .seconds(60)
        while FileManager.default.fileExists(atPath: "\(folder)/data/postmaster.pid") {
            guard ContinuousClock.now < deadline else { throw PulpError(.systemState, "the tests' PostgreSQL does not stop") }
            usleep(20_000)
        }
    }

    /// Starts the server again, and waits until it has recovered.
    func resume() throws {
        try tell("serve")
        try waitUntilReady()
    }

    /// Writes a database into a file, as SQL.
    func dump(_ database: String, to path: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "\(programs)/pg_dump")
        process.arguments = ["--dbname", url(of: database), "--file", path]
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
    }

    private func tell(_ word: String) throws {
        let line = "\(word)\n"
        let sent = line.withCString { send(leash, $0, strlen($0), CInt(MSG_NOSIGNAL)) }
        guard sent == line.utf8.count else { throw Self.failure("the guard of the tests' PostgreSQL is gone") }
    }

    /// The newest installed server's programs.
    private static func programs() throws -> String {
        let root = "/usr/lib/postgresql"
        // No folder, no server: the error below says it.
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        let installed = versions.compactMap(Int.init).sorted(by: >).map { "\(root)/\($0)/bin" }
        guard let newest = installed.first(where: { FileManager.default.isExecutableFile(atPath: "\($0)/initdb") }) else {
            throw PulpError(
                .systemState,
                "PostgreSQL's server is not installed below \(root), and tests need it: apt-get install postgresql")
        }
        return newest
    }

    /// A folder with a short path, for the sake of the socket in it, that belongs to whom the server runs as.
    private static func makeFolder() throws -> String {
        var template = Array("/tmp/pulp-postgresql-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw failure("cannot make a folder in /tmp") }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try giveToServer(folder)
        return folder
    }

    /// Makes a folder belong to whom the server runs as.
    static func giveToServer(_ folder: String) throws {
        guard geteuid() == 0 else { return }
        guard let user = getpwnam("postgres") else {
            throw PulpError(.systemState, "PostgreSQL does not run as root, and there is no user postgres")
        }
        guard chown(folder, user.pointee.pw_uid, user.pointee.pw_gid) == 0 else {
            throw failure("cannot give \(folder) to the user postgres")
        }
    }

    /// Runs the server for as long as its input stays open, and stops and starts it as its input says.
    ///
    /// The traps do nothing but to keep the shell alive, and are not inherited. A server that has just begun ends by the first of
    /// the two signals, since a shell's background process ignores the second until it handles it itself; one that serves ends
    /// by the second, and does not wait for its clients.
    private static let script = """
        folder=$1 programs=$2 as=$3 durability=$4 guarded=$5
        trap : INT HUP TERM
        cd "$folder"
        serve() {
            $as "$programs/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= $durability \\
                -c wal_level=minimal -c max_wal_senders=0 -c max_connections=1000 -c shared_buffers=64MB -c autovacuum=off \\
                -c deadlock_timeout=50ms >>"$folder/log" 2>&1 &
            server=$!
        }
        halt() {
            if [ -n "$server" ]; then kill -TERM "$server"; kill -QUIT "$server"; wait "$server"; fi
            server=
        }
        if $as "$programs/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 -N >"$folder/log" 2>&1; then
            rules=$(cat data/pg_hba.conf)
            { echo "local all $guarded scram-sha-256"; echo "$rules"; } >data/pg_hba.conf
            serve
        else
            touch "$folder/failed"
        fi
        while read -r word; do "$word"; done
        halt
        rm -rf "$folder"
        """

    private func waitUntilReady() throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while true {
            do {
                return try AdministrativeCommand.run("SELECT 1", on: url(of: "postgres"))
            } catch {
                guard !FileManager.default.fileExists(atPath: "\(folder)/failed"), ContinuousClock.now < deadline else {
                    // Without a log, the error itself must do.
                    let log = (try? String(contentsOfFile: "\(folder)/log", encoding: .utf8)) ?? ""
                    throw PulpError(.systemState, "the tests' PostgreSQL does not start: \(error)\n\(log)")
                }
                usleep(20_000)
            }
        }
    }

    private static func failure(_ what: String) -> PulpError {
        PulpError(.systemState, "\(what): \(String(cString: strerror(errno)))")
    }
}
