import NIOCore
import PulpTesting
import Testing

@testable import PulpCore

@Suite("A proxy")
struct ProxyTests {
    @Test("gets the whole URL of an http request")
    func absoluteForm() async throws {
        try await withFetching { fetching in
            fetching.remote.answerOthers { .file("\($0.target) for \($0.header("Host") ?? "")") }
            fetching.settings.url = "http://upstream.example/"
            fetching.settings.proxyURL = fetching.remote.url
            try await #expect(
                fetching.fetch("http://upstream.example/a/b?c")
                    == "http://upstream.example/a/b?c for upstream.example")
            try await #expect(
                fetching.fetch("http://upstream.example:81/")
                    == "http://upstream.example:81/ for upstream.example:81")
        }
    }

    @Test("gets its credentials, and the upstream's beside them")
    func credentials() async throws {
        try await withFetching { fetching in
            fetching.remote.answerOthers { _ in .file("x") }
            fetching.remote.require(.proxy(username: "p", password: "q"))
            fetching.settings.url = "http://upstream.example/"
            fetching.settings.proxyURL = fetching.remote.url
            (fetching.settings.username, fetching.settings.password) = ("user", "secret")
            (fetching.settings.proxyUsername, fetching.settings.proxyPassword) = ("p", "q")
            try await #expect(fetching.fetch("http://upstream.example/f") == "x")
            #expect(fetching.remote.requests[0].header("Authorization") != nil)
        }
    }

    @Test("that refuses is named, without a secret, and not asked again", arguments: ["http", "https"])
    func refusal(scheme: String) async throws {
        try await withFetching { fetching in
            fetching.remote.require(.proxy(username: "p", password: "q"))
            fetching.settings.url = "\(scheme)://upstream.example/"
            fetching.settings.proxyURL = fetching.remote.url
            (fetching.settings.proxyUsername, fetching.settings.proxyPassword) = ("p", "hidden")
            let error = try await fetching.failure("\(scheme)://upstream.example/f")
            #expect(error.code == .proxyAuthentication)
            #expect(error.message.contains("127.0.0.1:\(fetching.remote.portNumber)"))
            #expect(!error.message.contains("hidden"))
            #expect(fetching.remote.count == 1)
        }
    }

    @Test("whose URL is https is not asked for a tunnel, which would show its credentials to the network; the error says what works")
    func secureTunnel() async throws {
        try await withFetching { fetching in
            let proxy = "https://127.0.0.1:\(fetching.remote.portNumber)"
            fetching.settings.proxyURL = proxy
            (fetching.settings.proxyUsername, fetching.settings.proxyPassword) = ("somebody", "hidden")
            let error = try await fetching.failure("https://upstream.example/f")
            #expect(error.code == .urlScheme)
            #expect(error.message.contains("the proxy \(proxy) cannot be used"))
            #expect(error.message.contains("http://"))
            #expect(!error.message.contains("somebody") && !error.message.contains("hidden"))
            #expect(fetching.remote.count == 0)
        }
    }

    @Test("whose URL is https gets nothing in clear text for an http URL either")
    func secureProxy() async throws {
        try await withFetching { fetching in
            fetching.settings.maxRetries = 0
            fetching.settings.proxyURL = "https://127.0.0.1:\(fetching.remote.portNumber)"
            (fetching.settings.proxyUsername, fetching.settings.proxyPassword) = ("somebody", "hidden")
            _ = try await fetching.failure("http://upstream.example/f")
            #expect(fetching.remote.count == 0)
        }
    }

    @Test("that is down is named", arguments: ["http", "https"])
    func down(scheme: String) async throws {
        try await withFetching { fetching in
            fetching.settings.maxRetries = 0
            // A port that no other test can be given.
            fetching.settings.proxyURL = "http://127.0.0.1:1"
            let error = try await fetching.failure("\(scheme)://upstream.example/f")
            #expect(error.code == .connection)
            #expect(error.message.contains("proxy http://127.0.0.1:1"))
        }
    }

    @Test("of the operator serves remotes that have none, at any address")
    func defaults() async throws {
        try await withFakeRemote { proxy in
            proxy.answerOthers { _ in .file("through") }
            try await withFetching(
                [:],
                { settings in
                    settings.remoteDefaults.proxyURL = proxy.url
                    settings.allowPrivateRemotes = false
                }
            ) { fetching in
                try await #expect(fetching.fetch("http://upstream.example/f") == "through")
                fetching.settings.proxyURL = proxy.url
                try await #expect(fetching.failure("http://upstream.example/f").message.contains("private"))
                fetching.settings.proxyURL = nil
                try await #expect(fetching.failure("http://169.254.169.254/f").message.contains("metadata"))
            }
        }
    }
}
