import Testing

@testable import PulpCore

@Suite("The rule of a guard")
struct GuardRuleTests {
    private static let no = GuardTest.condition { _ in .denied("no") }
    private static let yes = GuardTest.condition { _ in .permitted }
    private static let slow = GuardTest.computation { _ in .denied("slow") }
    private static let who = GuardTest.permission("p", on: "prn")

    private func rule(_ tests: [GuardTest]) -> GuardRule {
        GuardRule(parts: tests.enumerated().map { GuardRule.Part(name: "g\($0)", test: $1) })
    }

    @Test("lets in who passes one test, and nobody where there is none")
    func any() {
        let request = GuardedRequest(path: "/")
        #expect(rule([]).verdict(on: request) == .denied("Access denied."))
        #expect(rule([Self.no, Self.yes]).verdict(on: request) == .permitted)
        #expect(rule([Self.no, .everybody]).verdict(on: request) == .permitted)
        #expect(rule([Self.no, .nobody("why")]).verdict(on: request) == .denied("g0: no g1: why"))
        #expect(GuardRule(parts: [.init(name: nil, test: Self.no)]).verdict(on: request) == .denied("no"))
    }

    @Test("says at once what needs no waiting, and nothing else")
    func waiting() async throws {
        let request = GuardedRequest(path: "/")
        #expect(rule([Self.slow]).verdict(on: request) == nil)
        #expect(rule([Self.who, Self.no]).verdict(on: request) == nil)
        #expect(rule([Self.who, Self.yes]).verdict(on: request) == .permitted, "who passes is not asked for a name")
        let asked = try await rule([Self.no, Self.slow, Self.who]).verdict(on: request) { permission, prn in
            #expect(permission == "p" && prn == "prn")
            return .denied("who")
        }
        #expect(asked == .denied("g0: no g1: slow g2: who"))
        #expect(try await rule([Self.no, Self.who]).verdict(on: request) { _, _ in .permitted } == .permitted)
    }

    @Test("finds header fields whatever their case, and reads basic credentials")
    func credentials() {
        let shown = ClientCredentials(headers: [("A", "1"), ("a", "2"), ("@", "3"), ("`", "4")])
        #expect(shown.values(of: "a") == ["1", "2"])
        #expect(shown.values(of: "@") == ["3"])
        #expect(shown.values(of: "b") == [])
        #expect(PasswordCredentials(authorization: "basic YTpiOmM=")?.password == "b:c")
        for bad in ["", "Basic", "Basic ", "Bearer YTpi", "Basic YQ==", "Basic YTpi YTpi", "Basic ä", "Basic //86Yg=="] {
            #expect(PasswordCredentials(authorization: bad) == nil, "\(bad)")
        }
    }
}
