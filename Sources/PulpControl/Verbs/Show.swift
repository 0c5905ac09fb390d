import ArgumentParser
import PulpCore

/// `show`: everything about one resource.
struct Show<R: Resource>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "show", abstract: "Show a \(R.schema.table.noun).")
    }

    @OptionGroup var selection: DerivedOptions<Selection<R>>
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let object = try await session.object(selection.find(in: session.pulp))
            session.show(session.options.json ? object : try await session.named([object], R.self)[0])
        }
    }
}

/// `destroy`: deletes a resource, once no task uses it.
struct Destroy<R: Resource>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "destroy", abstract: "Delete a \(R.schema.table.noun).")
    }

    @OptionGroup var selection: DerivedOptions<Selection<R>>
    @Flag(help: "Say what would be deleted, and delete nothing.")
    var dryRun = false
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            let record = try await selection.find(in: session.pulp)
            if !dryRun { _ = try await session.run(DeleteResource(record.id)) }
            let name = R.schema.encode(record.value)["name"]?.stringValue ?? record.id.prn
            session.report(
                "\(dryRun ? "would destroy" : "destroyed") the \(R.schema.table.noun) \(name)",
                ["prn": .string(record.id.prn), "destroyed": .bool(!dryRun)])
        }
    }
}
