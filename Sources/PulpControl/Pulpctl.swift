import ArgumentParser
import PulpCore

/// The root of all commands.
struct Pulpctl: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "pulpctl", abstract: "Administer a Pulp: mirror, keep versions, publish and distribute.",
            discussion: """
                Works on the store itself; no pulpd has to run, and one that runs is not in the way.

                EXAMPLES:
                  pulpctl file mirror https://example.org/files/PULP_MANIFEST --at files
                  pulpctl file repository list
                  pulpctl task list --state running
                  pulpctl fsck

                Completions come from pulpctl --generate-completion-script bash, zsh or fish.
                """,
            version: Pulp.version,
            subcommands: [
                FileCommands.self, TaskNoun.self, TaskGroupNoun.self, TaskScheduleNoun.self, ArtifactNoun.self, RepositoriesNoun.self,
                AllNoun<AllRemotes>.self,
                AllNoun<AllPublications>.self, AllNoun<AllDistributions>.self, ContentGuardNoun.self, OrphanNoun.self, ReclaimCommand.self,
                RepairCommand<EveryArtifact>.self, FsckCommand.self, BackupCommand.self, RestoreCommand.self, StatusCommand.self,
            ])
    }
}

/// The program: parses, runs, and says in one line what went wrong.
public enum ControlProgram {
    /// Runs a command line as the whole of a process: signals cancel it.
    /// - Parameter arguments: without the program's name.
    /// - Returns: the exit status: 0; 1 for a failure; 64 for a command line that makes no sense; 130 when it was canceled.
    public static func main(_ arguments: [String]) async -> Int32 {
        await Interruption.cancels { await run(arguments) }
    }

    static func run(_ arguments: [String]) async -> Int32 {
        let terminal = Invocation.current.terminal
        do {
            var command = try Pulpctl.parseAsRoot(SharedOptions.movedBehindCommand(arguments))
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return 0
        } catch {
            return report(error, terminal)
        }
    }

    private static func report(_ error: any Error, _ terminal: Terminal) -> Int32 {
        switch error {
        case let code as ExitCode: return code.rawValue
        case is CancellationError:
            terminal.note("pulpctl: canceled")
            return 130
        case let error as PulpCore.ValidationError:
            terminal.note("pulpctl: [\(PulpError.Code.invalid)] \(error.inOptions.printable)")
            return 1
        default: break
        }
        let status = Pulpctl.exitCode(for: error)
        let isHelp = status == .success
        let isMisuse = status == .validationFailure
        if isHelp {
            terminal.print(Pulpctl.fullMessage(for: error))
        } else if isMisuse {
            terminal.note("pulpctl: \(Pulpctl.message(for: error).oneLine)\(hint(for: error))")
        } else {
            terminal.note("pulpctl: \("\(error)".oneLine.printable)")
        }
        return isHelp ? 0 : isMisuse ? status.rawValue : 1
    }

    /// Where the help for what was mistyped is.
    private static func hint(for error: any Error) -> String {
        guard let mark = Pulpctl.fullMessage(for: error).firstMatch(of: /See '(.+ --help)'/) else { return "" }
        return " (see \(mark.1))"
    }
}

extension PulpCore.ValidationError {
    /// What is wrong, in the names of options.
    fileprivate var inOptions: String {
        problems.map { problem in
            guard let field = problem.field else { return problem.message }
            return "\(FieldOption(name: field, type: .text, traits: []).option): \(problem.message)"
        }.joined(separator: "; ")
    }
}

extension String {
    fileprivate var oneLine: String {
        split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
