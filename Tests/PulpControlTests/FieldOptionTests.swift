import PulpCore
import PulpFile
import Testing

@testable import PulpControl

@Suite("Options come out of schemas")
struct FieldOptionTests {
    private func option(_ name: String, _ type: FieldType, _ traits: FieldTraits = []) -> FieldOption {
        FieldOption(name: name, type: type, traits: traits)
    }

    private func json(_ option: FieldOption, _ given: GivenOption) throws -> JSON {
        try option.json(of: given) { path in "contents of \(path)" }
    }

    @Test(
        "Names have dashes, and two are shorter",
        arguments: [
            ("base_path", "base-path"), ("url", "url"), ("pulp_labels", "labels"), ("headers", "header"),
            ("retain_repo_versions", "retain-repo-versions"),
        ])
    func names(field: String, option: String) {
        #expect(self.option(field, .text).option == option)
    }

    @Test("Every field that may be set has its option, and no other")
    func complete() {
        let settable = FileRemote.schema.fields.filter { !$0.traits.contains(.readOnly) }.map(\.name)
        #expect(Creation<FileRemote>.options.map(\.key) == settable)
        #expect(Modification<FileRemote>.options.map(\.key) == settable.filter { $0 != "name" })
        #expect(Creation<FileRemote>.options.filter { $0.shape == .text(isRequired: true) }.map(\.key) == ["name", "url"])
        #expect(!Modification<FileRemote>.options.contains { $0.shape == .text(isRequired: true) })
    }

    @Test("Option names are those of pulp-cli")
    func pulpCLI() {
        let remote: Set = [
            "ca-cert", "client-cert", "client-key", "connect-timeout", "download-concurrency", "header", "labels", "max-retries", "name",
            "password", "policy", "proxy-password", "proxy-url", "proxy-username", "rate-limit", "sock-connect-timeout",
            "sock-read-timeout", "tls-validation", "total-timeout", "url", "username",
        ]
        #expect(Set(Creation<FileRemote>.options.flatMap(\.names)) == remote)
        let repository: Set = ["autopublish", "description", "labels", "manifest", "name", "remote", "retain-repo-versions"]
        #expect(repository.isSubset(of: Creation<FileRepository>.options.flatMap(\.names)))
        let distribution: Set = ["base-path", "checkpoint", "labels", "name", "publication", "repository"]
        #expect(distribution.isSubset(of: Creation<FileDistribution>.options.flatMap(\.names)))
        let publication: Set = ["checkpoint", "manifest"]
        #expect(publication == Set(PublicationOptions<FilePublication>.options.flatMap(\.names)))
    }

    @Test("Names within one command differ")
    func distinct() {
        func check(_ options: [DerivedOption]) {
            let names = options.flatMap(\.names)
            #expect(Set(names).count == names.count)
            #expect(Set(options.map(\.key)).count == options.count)
        }
        check(Creation<FileRemote>.options)
        check(Selection<FileRemote>.options + Modification<FileRemote>.options)
        check(Selection<FileRepository>.options + Modification<FileRepository>.options)
        check(Selection<FileDistribution>.options + Modification<FileDistribution>.options)
        check(Filters<OneKind<FileDistribution>>.options)
        check(UnitSelection<FileContent>.options)
    }

    @Test("What is off unless told otherwise is a flag; what is on takes a value")
    func booleans() {
        let options = Dictionary(
            uniqueKeysWithValues: (Creation<FileRemote>.options
                + Creation<FileDistribution>.options
                .filter { $0.key == "checkpoint" }).map { ($0.key, $0) })
        #expect(options["checkpoint"]?.shape == .toggle)
        #expect(options["tls_validation"]?.shape == .text(isRequired: false))
        #expect(options["tls_validation"]?.choices == ["true", "false"])
    }

    @Test("Choices and defaults are told")
    func help() throws {
        let policy = try #require(Creation<FileRemote>.options.first { $0.key == "policy" })
        #expect(policy.choices == ["immediate", "on_demand", "streamed"])
        #expect(policy.summary.contains("default: immediate"))
    }

    @Test("An empty value of a field that may be null is null")
    func null() throws {
        #expect(try json(option("url", .text), .text("")) == .string(""))
        #expect(try json(option("proxy_url", .nullable(.text)), .text("")) == .null)
        #expect(try json(option("retain_repo_versions", .nullable(.integer)), .text("")) == .null)
    }

    @Test("Secrets and certificates may come from files, other text may not")
    func files() throws {
        #expect(try json(option("password", .nullable(.text), .secret), .text("@p")) == "contents of p")
        #expect(try json(option("ca_cert", .nullable(.text)), .text("@p")) == "contents of p")
        #expect(try json(option("name", .text), .text("@p")) == "@p")
    }

    @Test(
        "Labels are pairs or JSON",
        arguments: [
            ("a=b", #"{"a":"b"}"#), ("a=b,c=d=e", #"{"a":"b","c":"d=e"}"#), (#"{"a": null}"#, #"{"a":null}"#), ("a", #"{"a":null}"#),
            ("a=", #"{"a":""}"#), ("", "{}"),
        ])
    func labels(text: String, expected: String) throws {
        #expect(try json(option("pulp_labels", .labels), .text(text)).text == expected)
    }

    @Test("Headers are pairs; colons may be in the value")
    func headers() throws {
        #expect(
            try json(option("headers", .json), .texts(["Accept: a/b", "X:1:2"])).text == #"[{"Accept":"a/b"},{"X":"1:2"}]"#)
        #expect(throws: PulpCore.ValidationError.self) { try json(option("headers", .json), .texts(["nonsense"])) }
    }

    @Test("What options of a schema make is what the schema takes")
    func apply() async throws {
        let given: [String: GivenOption] = [
            "name": .text("r"), "url": .text("http://example.org/"), "policy": .text("on_demand"), "tls_validation": .text("false"),
            "max_retries": .text("7"), "total_timeout": .text("1.5"), "headers": .texts(["A: b"]), "pulp_labels": .text("k=v"),
        ]
        let body = try await FileRemote.schema.body(of: given, read: { $0 }, resolve: { $1 })
        var remote = FileRemote()
        try FileRemote.schema.apply(body, to: &remote, .create)
        #expect(remote.remote.policy == .onDemand)
        #expect(!remote.remote.tlsValidation)
        #expect(remote.remote.maxRetries == 7)
        #expect(remote.remote.totalTimeout == 1.5)
        #expect(remote.remote.headers.headers == [.init(name: "A", value: "b")])
        #expect(remote.remote.labels.values == ["k": "v"])
    }

    @Test("Names of referred resources are resolved, in lists too; an empty name empties a list")
    func references() async throws {
        for (names, expected) in [(["a", "b"], ["prn:content-guard:a", "prn:content-guard:b"]), ([""], [])] as [([String], [JSON])] {
            let body = try await CompositeContentGuard.schema.body(of: ["guards": .texts(names)], read: { $0 }) { table, name in
                "prn:\(table.noun):\(name)"
            }
            #expect(body["guards"] == .array(expected))
        }
        let body = try await FileRepository.schema.body(of: ["remote": .text("r")], read: { $0 }) { table, name in
            "prn:\(table.noun):\(name)"
        }
        #expect(body["remote"] == "prn:remote:r")
    }
}
