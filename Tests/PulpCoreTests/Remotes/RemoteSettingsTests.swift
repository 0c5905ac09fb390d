import PulpTesting
import Testing

@testable import PulpCore

@Suite("A remote's settings")
struct RemoteSettingsTests {
    @Test("take timeouts of any length, and zero for none", arguments: [0, 0.001, 60, 1e30, .greatestFiniteMagnitude])
    func timeouts(seconds: Double) async throws {
        try await withFetching(["/f": .file("x")]) { fetching in
            fetching.settings.totalTimeout = seconds
            fetching.settings.socketReadTimeout = seconds
            let access = try RemoteAccess(
                fetching.settings, fetching: RemoteURL(fetching.remote.url), Settings(dataDirectory: "/nonexistent"))
            let total = try #require(access.totalTimeout)
            #expect(seconds == 0 ? total > .seconds(86_400) : total <= .seconds(min(seconds, 1e9)))
            #expect(access.readTimeout <= total)
            if seconds != 0.001 { #expect(try await fetching.fetch("/f") == "x") }
        }
    }

    @Test("take the names of headers that RFC 9110 calls tokens", arguments: ["X-A", "a.b", "x!#$%&'*+-^_`|~9"])
    func headerNames(name: String) throws {
        let json: JSON = [[name: "value"]]
        #expect(try HeaderList(json: json).json == json)
    }

    @Test(
        "refuse other names, and values that would end a line",
        arguments: [
            ("", "v"), ("a b", "v"), ("a:b", "v"), ("(a)", "v"), ("a,b", "v"), ("a/b", "v"), ("{a}", "v"), ("\"a\"", "v"), ("ä", "v"),
            ("a", "v\r\nX: y"), ("a", "\u{0}"),
        ])
    func badHeaders(name: String, value: String) {
        #expect(throws: InvalidField.self) { try HeaderList(json: [[name: .string(value)]]) }
    }
}
