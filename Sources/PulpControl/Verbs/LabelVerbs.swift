import ArgumentParser
import PulpCore

/// `label`: the labels of one resource.
struct LabelNoun<R: Resource>: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "label", abstract: "The labels of a \(R.schema.table.noun).",
            subcommands: [LabelSet<R>.self, LabelUnset<R>.self, LabelShow<R>.self])
    }
}

struct LabelSet<R: Resource>: AsyncParsableCommand {
    static var configuration: CommandConfiguration { CommandConfiguration(commandName: "set", abstract: "Set a label.") }

    @OptionGroup var selection: DerivedOptions<Selection<R>>
    @Option(help: "The label's name.") var key: String
    @Option(help: "The label's value.") var value: String
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            try await session.changeLabels(of: selection.find(in: session.pulp)) { $0[key] = .string(value) }
        }
    }
}

struct LabelUnset<R: Resource>: AsyncParsableCommand {
    static var configuration: CommandConfiguration { CommandConfiguration(commandName: "unset", abstract: "Remove a label.") }

    @OptionGroup var selection: DerivedOptions<Selection<R>>
    @Option(help: "The label's name.") var key: String
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            try await session.changeLabels(of: selection.find(in: session.pulp)) { $0[key] = nil }
        }
    }
}

struct LabelShow<R: Resource>: AsyncParsableCommand {
    static var configuration: CommandConfiguration { CommandConfiguration(commandName: "show", abstract: "Show the value of a label.") }

    @OptionGroup var selection: DerivedOptions<Selection<R>>
    @Option(help: "The label's name.") var key: String
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let record = try await selection.find(in: session.pulp)
            guard let value = R.schema.labels(of: record.value)[key] else {
                throw PulpError(.notFound, "it has no label \(key.debugDescription)")
            }
            session.report(value.readable, [key: value])
        }
    }
}

extension Session {
    fileprivate func changeLabels<R: Resource>(of record: Record<R>, _ change: (inout JSON.Object) -> Void) async throws {
        var record = record
        var labels = R.schema.labels(of: record.value)
        change(&labels)
        try R.schema.apply(["pulp_labels": .object(labels)], to: &record.value, .update)
        try await pulp.update(record)
        report("labels: \(JSON.object(labels).readable)", labels)
    }
}

extension Schema {
    fileprivate func labels(of value: R) -> JSON.Object {
        if case .object(let labels)? = encode(value)["pulp_labels"] { labels } else { JSON.Object() }
    }
}
