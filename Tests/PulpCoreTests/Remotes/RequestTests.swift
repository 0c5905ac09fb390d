import NIOCore
import PulpTesting
import Testing

@testable import PulpCore

@Suite("A request")
struct RequestTests {
    @Test("says who asks, and carries the remote's headers")
    func headers() async throws {
        try await withFetching(["/f": .file("x")]) { fetching in
            fetching.settings.headers = HeaderList([
                .init(name: "X-Token", value: "t"), .init(name: "User-Agent", value: "mine/1"),
                .init(name: "Accept-Encoding", value: "gzip"), .init(name: "Transfer-Encoding", value: "chunked"),
            ])
            _ = try await fetching.fetch("/f")
            let request = fetching.remote.requests[0]
            #expect(request.header("User-Agent") == "pulp/\(Pulp.version), mine/1")
            #expect(request.header("X-Token") == "t")
            #expect(request.header("Accept-Encoding") == "identity")
            #expect(request.header("Transfer-Encoding") == nil)
        }
    }

    @Test("carries credentials, and without them the refusal is final")
    func credentials() async throws {
        try await withFetching(["/f": .file("x")]) { fetching in
            fetching.remote.require(.basic(username: "user", password: "pass:word"))
            let error = try await fetching.failure("/f")
            #expect(error.message.contains("401"))
            #expect(fetching.remote.count == 1)
            (fetching.settings.username, fetching.settings.password) = ("user", "pass:word")
            try await #expect(fetching.fetch("/f") == "x")
        }
    }

    @Test("shows no secrets to the host that it is redirected to")
    func foreign() async throws {
        try await withFakeRemote(["/b": .file("x")]) { other in
            let elsewhere = "http://localhost:\(other.portNumber)/b"
            try await withFetching(["/a": .redirect(to: elsewhere), "/c": .redirect(to: "/d"), "/d": .file("y")]) { fetching in
                (fetching.settings.username, fetching.settings.password) = ("user", "secret")
                fetching.settings.headers = HeaderList([.init(name: "X-Token", value: "secret")])
                try await #expect(fetching.fetch("/a") == "x")
                try await #expect(fetching.fetch("/c") == "y")
                #expect(fetching.remote.requests.allSatisfy { $0.header("Authorization") != nil && $0.header("X-Token") != nil })
                #expect(other.requests.allSatisfy { $0.header("Authorization") == nil && $0.header("X-Token") == nil })
                try await #expect(fetching.fetch(elsewhere) == "x")
                #expect(other.requests.allSatisfy { $0.header("Authorization") == nil && $0.header("X-Token") == nil })
            }
        }
    }

    @Test("follows redirects so far, and no loop")
    func redirects() async throws {
        try await withFetching(["/loop": .redirect(to: "/loop")]) { fetching in
            for hop in 0..<10 {
                fetching.remote.answer("/\(hop)", with: .redirect(to: "\(hop + 1)", status: [301, 302, 303, 307, 308][hop % 5]))
            }
            fetching.remote.answer("/10", with: .file("there"))
            try await #expect(fetching.fetch("/0") == "there")
            let error = try await fetching.failure("/loop")
            #expect(error.message.contains("redirects"))
            #expect(fetching.remote.count(of: "/loop") == 11)
        }
    }

    @Test(
        "goes nowhere that a redirect must not lead",
        arguments: [
            "file:///etc/passwd", "http://169.254.169.254/latest/meta-data/", "http://[fe80::1]/", "http://[::ffff:a9fe:a9fe]/",
            "http://0xa9fea9fe/",
        ])
    func forbidden(location: String) async throws {
        try await withFetching(["/f": .redirect(to: location)]) { fetching in
            let error = try await fetching.failure("/f")
            #expect([.urlScheme, .connection].contains(error.code))
            #expect(error.message.contains("refus"))
            #expect(fetching.remote.count == 1)
        }
    }

    @Test(
        "goes to no private address where the operator says so",
        arguments: ["127.0.0.1", "localhost", "127.1", "0", "[::1]", "[::ffff:127.0.0.1]"])
    func privateAddress(host: String) async throws {
        try await withFetching([:], { $0.allowPrivateRemotes = false }) { fetching in
            let error = try await fetching.failure("http://\(host):\(fetching.remote.portNumber)/f")
            #expect(error.code == .connection)
            #expect(error.message.contains("private"))
            #expect(fetching.remote.count == 0)
        }
    }

    @Test("goes to the address that was checked, even if the name means another one by then")
    func rebinding() async throws {
        let time = TestTime()
        let resolver = HostResolver(time: time.time) { host in
            host == "rebound.example" ? [.v4(0xA9FE_A9FE), .v4(0x7F00_0001)] : []
        }
        try await withFetching(["/f": .file("x")], resolver: resolver) { fetching in
            // The name is unknown to the system's resolver: only a connection to the given address can succeed.
            try await #expect(fetching.fetch("http://rebound.example:\(fetching.remote.portNumber)/f") == "x")
            #expect(fetching.remote.requests[0].header("Host") == "rebound.example:\(fetching.remote.portNumber)")
        }
    }

    @Test("goes to another address of the host when one does not answer")
    func failover() async throws {
        let resolver = HostResolver(time: TestTime().time) { _ in [.v6(high: 0, low: 1), .v4(0x7F00_0002), .v4(0x7F00_0001)] }
        try await withFetching(["/f": .file("x")], resolver: resolver) { fetching in
            try await #expect(fetching.fetch("http://many.example:\(fetching.remote.portNumber)/f") == "x")
            #expect(fetching.time.sleeps.isEmpty)
        }
    }

    @Test("to a host that does not exist fails without another attempt")
    func unknown() async throws {
        let resolver = HostResolver(time: TestTime().time) { _ in
            throw DownloadFailure(final: PulpError(.hostNotFound, "the host none.example is not found"))
        }
        try await withFetching([:], resolver: resolver) { fetching in
            let error = try await fetching.failure("http://none.example/")
            #expect(error.code == .hostNotFound)
            #expect(fetching.time.sleeps.isEmpty)
        }
    }
}
