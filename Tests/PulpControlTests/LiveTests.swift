import Foundation
import NIOCore
import PulpCore
import PulpFile
import PulpTesting
import Testing

@Suite("The program pulpctl beside a pulpd that runs")
struct LiveTests {
    @Test("What pulpctl mirrors, pulpd serves at once; what is to be done, either of them does and both see")
    func beside() async throws {
        try await Program.with { pulpctl in
            try await pulpctl.withService { content in
                for files in [["a": "one"], ["a": "two", "b": "three"]] {
                    try await pulpctl.serve(files)
                    let run = try await pulpctl.run(
                        "file", "mirror", pulpctl.upstream, "--at", "m", environment: ["PULP_CONTENT_LISTEN": content])
                    #expect(run.status == 0, "\(run.errors)")
                    let url = try #require(run.lines.last)
                    for (path, text) in files { #expect(try await pulpctl.get(url + path) == text) }
                }
                // Nobody but pulpd can run it: the one who asks for it does not wait.
                let task = try await pulpctl.withPulp { pulp in try await pulp.dispatch(OrphanCleanup(protectionTime: 0)).id }
                let shown = try await pulpctl.run("task", "show", "--uuid", task.uuid, "--wait", "--json")
                #expect(try shown.json["state"] == "completed")
                let names = try await pulpctl.run("task", "list", "--field", "name", "--state", "completed")
                #expect(names.lines.filter { $0.hasSuffix("orphan_cleanup") }.count == 1)
                #expect(names.lines.filter { $0.hasSuffix("synchronize") }.count == 2)
            }
            #expect(try await pulpctl.run("fsck", "--verify").output == "nothing is wrong\n")
        }
    }
}

extension Program {
    /// Runs a body while `pulpd` serves the store.
    /// - Parameter body: is given the address of the content server.
    fileprivate func withService(_ body: (String) async throws -> Void) async throws {
        let process = Process()
        process.executableURL = Self.executable("pulpd")
        process.environment = [
            "PATH": "/usr/bin:/bin", "PULP_DATA_DIR": store, "PULP_ALLOWED_IMPORT_PATHS": upstream,
            "PULP_CONTENT_LISTEN": "127.0.0.1:0", "PULP_API_LISTEN": "127.0.0.1:0",
        ]
        let (ended, end) = AsyncStream.makeStream(of: Never.self)
        process.terminationHandler = { _ in end.finish() }
        let log = Pipe()
        let (chunks, chunk) = AsyncStream.makeStream(of: Data.self)
        log.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty { chunk.finish() } else { chunk.yield(data) }
        }
        process.standardError = log
        process.standardOutput = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let result: Result<Void, any Error>
        do {
            var written = ""
            var address: String?
            for await data in chunks {
                written += String(decoding: data, as: UTF8.self)
                address = written.firstMatch(of: /address=(\S+) .*content server listens/).map { String($0.1) }
                if address != nil { break }
            }
            result = .success(try await body(#require(address, "pulpd said \(written)")))
        } catch { result = .failure(error) }
        process.terminate()
        for await _ in ended {}
        log.fileHandleForReading.readabilityHandler = nil
        try result.get()
    }

    /// What a client gets.
    fileprivate func get(_ url: String) async throws -> String {
        try await withPulp { pulp in
            String(buffer: try await pulp.downloader.fetchDocument(url, from: RemoteSettings(), limit: 1 << 20).bytes)
        }
    }
}
