import ArgumentParser
import PulpCore

extension CommandConfiguration {
    /// A noun: what it is, how its verbs are used, and the verbs.
    /// - Parameter examples: command lines, without the program's name.
    static func noun(
        _ name: String, _ abstract: String, examples: [String] = [], verbs: [any ParsableCommand.Type]
    ) -> CommandConfiguration {
        let lines = examples.map { "  pulpctl \($0)" }
        return CommandConfiguration(
            commandName: name, abstract: abstract,
            discussion: lines.isEmpty ? "" : (["EXAMPLES:"] + lines).joined(separator: "\n"), subcommands: verbs)
    }
}
