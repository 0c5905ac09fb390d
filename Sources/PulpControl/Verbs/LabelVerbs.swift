import ArgumentParser
import PulpCore

/// `label`: the labels of one thing.
struct LabelNoun<Owner: LabelOwner>: ParsableCommand {
    static var configuration: CommandConfiguration {
        .noun(
            "label", "The labels of a \(Owner.noun).",
            verbs: [LabelCommand<Owner, SetLabel>.self, LabelCommand<Owner, UnsetLabel>.self, LabelCommand<Owner, ShowLabel>.self])
    }
}

/// What can have labels, and how a command line names it.
protocol LabelOwner: Sendable {
    associatedtype Chosen: OptionSource
    static var noun: String { get }

    /// Changes the labels of the one thing that the options name.
    /// - Returns: the labels after the change.
    static func change(
        _ chosen: DerivedOptions<Chosen>, in session: Session, _ change: @escaping @Sendable (inout Labels) throws -> Void
    ) async throws -> Labels
}

/// The labels of a remote, a repository or a distribution.
enum ResourceLabels<R: Resource>: LabelOwner {
    static var noun: String { R.schema.table.noun }

    static func change(
        _ chosen: DerivedOptions<Selection<R>>, in session: Session, _ change: @escaping @Sendable (inout Labels) throws -> Void
    ) async throws -> Labels {
        var record = try await chosen.find(in: session.pulp)
        var labels = try Labels(json: R.schema.encode(record.value)["pulp_labels"] ?? [:])
        try change(&labels)
        try R.schema.apply(["pulp_labels": labels.json], to: &record.value, .update)
        try await session.pulp.update(record)
        return labels
    }
}

/// The labels of a unit of content.
enum UnitLabels<Unit: ContentUnit>: LabelOwner {
    static var noun: String { "unit" }

    static func change(
        _ chosen: DerivedOptions<UnitSelection<Unit>>, in session: Session, _ change: @escaping @Sendable (inout Labels) throws -> Void
    ) async throws -> Labels {
        try await session.pulp.changeLabels(of: chosen.unit(in: session).id.cast(), change)
    }
}

/// What one of the verbs of `label` does with one label.
protocol LabelVerb: OptionSource {
    static var name: String { get }
    static var summary: String { get }
    static func apply(_ key: String, _ value: String, to labels: inout Labels) throws(PulpError)
    /// What is said afterwards.
    static func outcome(_ key: String, _ labels: Labels) -> (sentence: String, object: JSON)
}

extension LabelVerb {
    static var options: [DerivedOption] { [key] }
    static var key: DerivedOption {
        DerivedOption("key", names: ["key"], .text(isRequired: true), "The label's name.", placeholder: "name")
    }

    static func outcome(_ key: String, _ labels: Labels) -> (sentence: String, object: JSON) {
        ("labels: \(labels.json.readable)", labels.json)
    }
}

enum SetLabel: LabelVerb {
    static let name = "set"
    static let summary = "Set a label."
    static var options: [DerivedOption] { [key, DerivedOption("value", names: ["value"], .text(isRequired: true), "The label's value.")] }
    static func apply(_ key: String, _ value: String, to labels: inout Labels) { labels[key] = .some(value) }
}

enum UnsetLabel: LabelVerb {
    static let name = "unset"
    static let summary = "Remove a label."
    static func apply(_ key: String, _ value: String, to labels: inout Labels) { labels[key] = .none }
}

enum ShowLabel: LabelVerb {
    static let name = "show"
    static let summary = "Show the value of a label."

    static func apply(_ key: String, _ value: String, to labels: inout Labels) throws(PulpError) {
        if labels[key] == nil { throw PulpError(.notFound, "it has no label \(key.debugDescription)") }
    }

    static func outcome(_ key: String, _ labels: Labels) -> (sentence: String, object: JSON) {
        let value = (labels[key] ?? nil).json
        return (value.readable, .object([key: value]))
    }
}

/// `label set`, `label unset` and `label show`.
struct LabelCommand<Owner: LabelOwner, Verb: LabelVerb>: AsyncParsableCommand {
    static var configuration: CommandConfiguration { CommandConfiguration(commandName: Verb.name, abstract: Verb.summary) }

    @OptionGroup var owner: DerivedOptions<Owner.Chosen>
    @OptionGroup var label: DerivedOptions<Verb>
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        let (key, value) = (label.text("key") ?? "", label.text("value") ?? "")
        try await shared.run { session in
            let labels = try await Owner.change(owner, in: session) { try Verb.apply(key, value, to: &$0) }
            let outcome = Verb.outcome(key, labels)
            if case .object(let object) = outcome.object { session.report(outcome.sentence, object) }
        }
    }
}
