import ArgumentParser
import PulpCore
import PulpFile
import Testing

@testable import PulpControl

@Suite("The commands, their help and their completions")
struct CommandTreeTests {
    /// Every command, with the words that lead to it.
    private static func commands(
        _ type: any ParsableCommand.Type = Pulpctl.self, _ path: [String] = []
    ) -> [(path: [String], type: any ParsableCommand.Type)] {
        [(path, type)] + type.configuration.subcommands.flatMap { commands($0, path + [$0.configuration.commandName ?? "?"]) }
    }

    @Test(
        "Verbs are those of pulp-cli, and ours",
        arguments: [
            "file remote create", "file remote list", "file remote show", "file remote update", "file remote destroy",
            "file remote label set", "file remote label unset", "file remote label show", "file repository create", "file repository sync",
            "file repository content list", "file repository content add", "file repository content remove",
            "file repository content modify", "file repository version list", "file repository version show",
            "file repository version destroy", "file repository version diff", "file publication create", "file publication list",
            "file publication show", "file publication destroy", "file distribution create", "file distribution update",
            "file content upload", "file content create", "file content list", "file content show", "file mirror", "task list", "task show",
            "task cancel", "task purge", "task why", "task-group list", "task-group show", "task-group cancel",
            "task-schedule create", "task-schedule sync", "task-schedule list", "task-schedule show", "task-schedule destroy",
            "orphan cleanup", "artifact list", "artifact show", "artifact upload", "reclaim",
            "repository list", "repository reclaim", "fsck", "status",
            "backup", "restore", "user reset-password", "user role-assignment add", "group user add", "group role list", "role create",
            "access-policy reset", "reset-admin-password",
        ])
    func verbs(words: String) {
        #expect(Self.commands().contains { $0.path.joined(separator: " ") == words })
    }

    @Test("Every command says what it does, in its help and without trouble")
    func help() {
        for command in Self.commands() {
            #expect(!command.type.configuration.abstract.isEmpty, "\(command.path)")
            let help = Pulpctl.helpMessage(for: command.type)
            #expect(help.contains("USAGE: pulpctl"), "\(command.path)")
        }
    }

    @Test("Derived options are in the help")
    func derivedHelp() {
        let help = Pulpctl.helpMessage(for: Create<FileRemote>.self, columns: 200).split(separator: /\s+/).joined(separator: " ")
        #expect(help.contains("--name <text> --url <text>"))
        for option in Creation<FileRemote>.options { #expect(help.contains("--\(option.names[0]) ")) }
        #expect(help.contains("(values: immediate, on_demand, streamed; default: immediate)"))
    }

    @Test("Derived options are in the completions of every shell", arguments: [CompletionShell.bash, .zsh, .fish])
    func completions(shell: CompletionShell) {
        let script = Pulpctl.completionScript(for: shell)
        for word in ["download-concurrency", "retain-repo-versions", "base-path", "name-contains", "on_demand", "mirror"] {
            #expect(script.contains(word), "\(word)")
        }
    }

    @Test("Derived options are parsed")
    func parsing() throws {
        let command = try #require(
            try Pulpctl.parseAsRoot([
                "file", "remote", "create", "--name", "r", "--url", "u", "--policy", "streamed", "--header", "A: b", "--header", "C: d",
            ]) as? Create<FileRemote>)
        #expect(
            command.fields.given == [
                "name": .text("r"), "url": .text("u"), "policy": .text("streamed"), "headers": .texts(["A: b", "C: d"]),
            ])
        let update = try #require(
            try Pulpctl.parseAsRoot(["file", "repository", "update", "--repository", "r", "--no-autopublish", "--description", ""])
                as? Update<FileRepository>)
        #expect(update.selection.given == ["name": .text("r")])
        #expect(update.fields.given == ["autopublish": .toggle(false), "description": .text("")])
    }

    @Test(
        "Shared options may stand before the command",
        arguments: [
            (["--json", "task", "list"], ["task", "list", "--json"]),
            (["--data-dir", "d", "-q", "fsck"], ["fsck", "--data-dir", "d", "-q"]),
            (["--data-dir=d", "file", "x", "--", "y"], ["file", "x", "--data-dir=d", "--", "y"]), (["--version"], ["--version"]),
            (["--json"], ["--json"]), (["--data-dir"], ["--data-dir"]), ([], []), (["task", "--json"], ["task", "--json"]),
        ])
    func moved(arguments: [String], expected: [String]) {
        #expect(SharedOptions.movedBehindCommand(arguments) == expected)
    }

    @Test(
        "What is not there is refused by name",
        arguments: [
            (["file", "remote", "create", "--url", "u"], "Missing expected argument '--name <text>'"),
            (
                ["file", "remote", "create", "--name", "r", "--url", "u", "--polcy", "p"],
                "Unknown option '--polcy'. Did you mean '--policy'?"
            ),
            (["file", "remote", "create", "--name"], "Missing value for '--name <text>'"),
        ])
    func refusals(arguments: [String], message: String) {
        do {
            _ = try Pulpctl.parseAsRoot(arguments)
            Issue.record("\(arguments) was taken")
        } catch {
            #expect(Pulpctl.message(for: error) == message)
        }
    }
}
