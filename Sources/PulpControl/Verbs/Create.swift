import ArgumentParser
import PulpCore

/// `create`: makes a resource out of the options that its schema gives.
struct Create<R: Resource>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "create", abstract: "Make a \(R.schema.table.noun).")
    }

    @OptionGroup var fields: DerivedOptions<Creation<R>>
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run(.make) { session in
            var value = R()
            let body = try await R.schema.body(of: fields.given, read: session.read, resolve: session.resolve)
            try R.schema.apply(body, to: &value, .create)
            try await session.show(session.object(session.pulp.create(value)))
        }
    }
}

/// `update`: changes the fields that are given.
struct Update<R: Resource>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "update", abstract: "Change fields of a \(R.schema.table.noun).")
    }

    @OptionGroup var selection: DerivedOptions<Selection<R>>
    @OptionGroup var fields: DerivedOptions<Modification<R>>
    @OptionGroup var shared: SharedOptions

    func run() async throws {
        try await shared.run { session in
            var record = try await selection.find(in: session.pulp)
            let body = try await R.schema.body(of: fields.given, read: session.read, resolve: session.resolve)
            guard !body.isEmpty else { throw PulpError(.invalid, "nothing to change was given") }
            try R.schema.apply(body, to: &record.value, .update)
            try await session.pulp.update(record)
            try await session.show(session.object(session.pulp.get(record.id)))
        }
    }
}
