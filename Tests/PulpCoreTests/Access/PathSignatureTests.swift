import Testing

@testable import PulpCore

@Suite("A signed path")
struct PathSignatureTests {
    private let signature = PathSignature(secret: Array(repeating: 7, count: 32))
    private let now = Timestamp(year: 2026, month: 11, day: 21, hour: 10)
    private var hour: Timestamp { now + .seconds(3600) }

    private func verdict(_ target: String, path: String, at moment: Timestamp? = nil, by other: PathSignature? = nil) -> GuardVerdict {
        let query = target.split(separator: "?", maxSplits: 1).last.map(String.init) ?? ""
        return (other ?? signature).verdict(on: GuardedRequest(path: path, ClientCredentials(query: query), at: moment ?? now))
    }

    @Test("is let in until it expires", arguments: ["/c/a/b", "/c/a b/ä?&=%", "/c/a/"])
    func passes(path: String) throws {
        let target = try signature.sign(path, until: hour)
        #expect(target.contains("expires=\(hour.microseconds / 1_000_000)&validate_token="))
        #expect(verdict(target, path: path) == .permitted)
        #expect(verdict(target.replacing(":", with: "%3A"), path: path) == .permitted)
        #expect(verdict(target, path: path, at: hour) == .permitted)
        #expect(verdict(target, path: path, at: hour + .seconds(1)) == .denied("Authentication expired"))
    }

    @Test("is good for no other path, time, guard or query")
    func forged() throws {
        let path = "/c/a/c/a"
        let target = try signature.sign(path, until: hour)
        let denied = GuardVerdict.denied("Access not authenticated")
        for other in ["/c/a", "/c/a/c/ab", "/c/a/c/", "/c/a/c/a/", "/c/A/c/a"] { #expect(verdict(target, path: other) == denied) }
        #expect(verdict(target, path: path, by: PathSignature(secret: Array(repeating: 8, count: 32))) == denied)
        let parts = target.split(separator: "?")[1].split(separator: "&").map(String.init)
        let (expires, token) = (parts[0], parts[1])
        for query in [
            "", "expires=9999999999", token, "\(token)&\(expires)", "x=1&\(expires)&\(token)", "\(expires)&\(token)&x=1",
            "\(expires)&\(token)&\(token)", "\(expires)&\(expires)&\(token)", "expires=9999999999&\(token)",
            "\(expires)&\(token.dropLast(2))",
            "\(expires)&\(token)00", "\(expires)&validate_token=:", "\(expires)&validate_token=", "\(expires)&validate_token=zz:zz",
            "expires=&\(token)", "expires=x&\(token)", "expires=99999999999999999999&\(token)",
        ] { #expect(verdict("?" + query, path: path) == denied, "\(query)") }
    }

    /// Otherwise a token for `/c/a/c/a` would be one for `/c/a`, with the beginning of the path in its salt.
    @Test("takes no part of the path for salt")
    func salt() {
        let salt = Array(repeating: UInt8(3), count: 32)
        let target = signature.sign("/c/a/c/a", until: hour, salt: salt)
        let moved = target.replacing(Hex.string(salt) + ":", with: Hex.string(salt + Array("/c/a".utf8)) + ":")
        #expect(verdict(moved, path: "/c/a") == .denied("Access not authenticated"))
    }

    @Test("has a secret that is another one for each guard, and is not the key")
    func secrets() throws {
        let key = Array(repeating: UInt8(9), count: 32)
        let secrets = GuardSecrets(box: SecretBox(key: key))
        let (one, other) = (try #require(secrets.secret(of: "prn:a:1")), try #require(secrets.secret(of: "prn:a:2")))
        #expect(one != other && one != key && one.count == 32 && one == secrets.secret(of: "prn:a:1"))
        #expect(GuardSecrets(box: SecretBox(key: nil)).secret(of: "prn:a:1") == nil)
    }
}
