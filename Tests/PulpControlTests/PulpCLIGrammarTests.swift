import ArgumentParser
import Foundation
import Testing

@testable import PulpControl

@Suite("pulpctl understands what is typed for pulp-cli")
struct PulpCLIGrammarTests {
    /// The commands of pulp-cli for files, tasks, artifacts and repositories, with their options.
    private static let grammar = """
        artifact list: exclude-field field limit md5 offset ordering sha1 sha224 sha256 sha384 sha512
        artifact show: href md5 sha1 sha224 sha256 sha384 sha512
        artifact upload: chunk-size file
        content-guard composite create: description guard name
        content-guard composite destroy: href name
        content-guard composite list: exclude-field field limit name offset ordering
        content-guard composite show: href name
        content-guard composite update: description guard href name
        content-guard header create: description header-name header-value jq-filter name
        content-guard header destroy: href name
        content-guard header list: exclude-field field limit name offset ordering
        content-guard header show: href name
        content-guard header update: description header-name header-value href jq-filter name
        content-guard list: exclude-field field limit name offset ordering
        content-guard rbac create: description name
        content-guard rbac destroy: href name
        content-guard rbac list: exclude-field field limit name offset ordering
        content-guard rbac show: href name
        content-guard rbac update: description href name
        content-guard redirect create: description name
        content-guard redirect destroy: href name
        content-guard redirect list: exclude-field field limit name offset ordering
        content-guard redirect show: href name
        content-guard redirect update: description href name
        distribution list: base-path base-path-contains exclude-field field label-select limit name name-contains \
            name-icontains name-in offset ordering
        file content create: file-url relative-path repository sha256
        file content label set: href key relative-path sha256 value
        file content label show: href key relative-path sha256
        file content label unset: href key relative-path sha256
        file content list: exclude-field field label-select limit offset ordering relative-path repository-version \
            repository-version-added repository-version-removed sha256
        file content show: href relative-path sha256
        file content upload: chunk-size file relative-path repository
        file distribution create: base-path checkpoint content-guard labels name publication repository
        file distribution destroy: distribution href name
        file distribution label set: distribution key value
        file distribution label show: distribution key
        file distribution label unset: distribution key
        file distribution list: base-path base-path-contains exclude-field field label-select limit name name-contains \
            name-icontains name-in offset ordering
        file distribution show: distribution href name
        file distribution update: base-path checkpoint content-guard distribution href labels name publication repository
        file publication create: checkpoint manifest repository version
        file publication destroy: href
        file publication list: content created-after created-before exclude-field field limit offset ordering repository \
            repository-version
        file publication show: href
        file remote create: ca-cert client-cert client-key connect-timeout download-concurrency header labels max-retries \
            name password policy proxy-password proxy-url proxy-username rate-limit sock-connect-timeout sock-read-timeout \
            tls-validation total-timeout url username
        file remote destroy: href name remote
        file remote label set: key remote value
        file remote label show: key remote
        file remote label unset: key remote
        file remote list: exclude-field field label-select limit name name-contains name-icontains name-in offset ordering \
            updated-after updated-before
        file remote show: href name remote
        file remote update: ca-cert client-cert client-key connect-timeout download-concurrency header href labels \
            max-retries name password policy proxy-password proxy-url proxy-username rate-limit remote sock-connect-timeout \
            sock-read-timeout tls-validation total-timeout url username
        file repository content add: base-repository base-version relative-path repository sha256
        file repository content list: all-types limit offset repository version
        file repository content modify: add-content base-repository base-version remove-content repository
        file repository content remove: all base-repository base-version relative-path repository sha256
        file repository create: autopublish description labels manifest name remote retain-repo-versions
        file repository destroy: href name repository
        file repository label set: key repository repository-href value
        file repository label show: key repository repository-href
        file repository label unset: key repository repository-href
        file repository list: exclude-field field label-select limit name-startswith offset ordering
        file repository show: href name repository
        file repository sync: href mirror name remote repository
        file repository task list: cid created-resource exclude-field field finished-after finished-before limit name \
            name-contains offset ordering parent-task repository repository-href started-after started-before state state-in \
            task-group worker
        file repository update: autopublish description href labels manifest name remote repository retain-repo-versions
        file repository version destroy: repository repository-href version
        file repository version list: content exclude-field field limit offset ordering repository repository-href
        file repository version repair: repository version
        file repository version scan: repository version
        file repository version show: repository repository-href version
        orphan cleanup: content-hrefs protection-time
        publication list: content created-after created-before exclude-field field limit offset ordering repository \
            repository-version
        remote list: exclude-field field label-select limit name name-contains name-icontains name-in offset ordering \
            updated-after updated-before
        repository list: exclude-field field limit name name-contains name-icontains name-in offset ordering
        repository reclaim: all keep-version repository
        repository version list: content exclude-field field limit offset ordering
        task cancel: all href running uuid waiting
        task destroy: href uuid
        task list: cid created-resource exclude-field exclusive-resource exclusive-resource-in field finished-after \
            finished-before limit name name-contains offset ordering parent-task reserved-resource reserved-resource-in \
            shared-resource shared-resource-in started-after started-before state state-in task-group worker
        task profile-artifact-urls: download href uuid
        task purge: finished-before state
        task show: href uuid wait
        task summary: 
        task-group list: exclude-field field limit offset ordering
        task-group show: href uuid wait
        """

    /// What makes no sense without a server, or is not there yet.
    private static let missing: Set<String> = [
        // There is no request whose body would be cut into chunks.
        "artifact upload --chunk-size", "file content upload --chunk-size",
        // Scans for vulnerabilities and profiles of tasks are not there yet.
        "file repository version scan", "task profile-artifact-urls",
        // Files are fetched by remotes, not one by one.
        "file content create --file-url",
        // There are no lists of versions across repositories.
        "repository version list",
    ]

    /// What ArgumentParser tells of a command.
    private struct Description: Decodable {
        struct Argument: Decodable {
            struct Name: Decodable { var name: String }
            var names: [Name]?
        }
        var commandName: String
        var subcommands: [Description]?
        var arguments: [Argument]?

        /// Each command below this one: its words, and its options.
        func commands(_ path: [String] = []) -> [(words: String, options: Set<String>)] {
            let options = Set(arguments?.flatMap { $0.names ?? [] }.map(\.name) ?? [])
            return [(path.joined(separator: " "), options)] + (subcommands ?? []).flatMap { $0.commands(path + [$0.commandName]) }
        }
    }

    private struct Dump: Decodable { var command: Description }

    @Test("Every verb and every option is there, but for those that are named here with the reason")
    func grammar() throws {
        let dump = try JSONDecoder().decode(Dump.self, from: Data(Pulpctl._dumpHelp().utf8))
        let commands = Dictionary(dump.command.commands(), uniquingKeysWith: { first, _ in first })
        var missing: Set<String> = []
        for line in Self.grammar.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            let words = String(parts[0])
            guard let options = commands[words] else {
                missing.insert(words)
                continue
            }
            for option in parts[1].split(separator: " ") where !options.contains(String(option)) { missing.insert("\(words) --\(option)") }
        }
        #expect(missing.subtracting(Self.missing).sorted() == [])
        #expect(Self.missing.subtracting(missing).sorted() == [], "these are there by now")
    }
}
