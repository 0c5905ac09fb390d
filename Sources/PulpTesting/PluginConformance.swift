public import PulpCore

/// One thing that every ``Plugin`` must do. A plugin's test runs each check on each database:
///
/// ```swift
/// @Test(arguments: PluginConformance.checks, DatabaseKind.allCases)
/// func conforms(_ check: PluginConformance, kind: DatabaseKind) async throws {
///     try await check.run(.recipe, samples: [soup, bread], on: kind)
/// }
/// ```
public struct PluginConformance: Sendable, CustomStringConvertible {
    /// What the check finds true of a plugin.
    public let description: String
    private let body: @Sendable (Plugin, [any ContentUnit], Pulp) async throws -> Void

    private init(_ description: String, _ body: @escaping @Sendable (Plugin, [any ContentUnit], Pulp) async throws -> Void) {
        (self.description, self.body) = (description, body)
    }

    /// Runs the check on an empty Pulp that has this plugin alone.
    /// - Parameter samples: units of the plugin's kinds, all different, which one repository may hold together.
    /// - Throws: ``ConformanceFailure``, or what the plugin threw.
    public func run(_ plugin: Plugin, samples: [any ContentUnit], on kind: DatabaseKind) async throws {
        try await kind.withPulp(plugins: [plugin]) { pulp in
            try await body(plugin, samples, pulp)
            let violations = try await pulp.integrityCheck.violations()
            try Self.expect(violations.isEmpty, "a store that is whole afterwards: \(violations)")
        }
    }
}

extension PluginConformance {
    /// All of them.
    public static let checks = [
        Self("each named kind is stored, found by its name and comes back as it was") { plugin, _, pulp in
            for kind in plugin.remotes { try await storeAndFind(kind, ["name": "a", "url": "http://example.org/"], pulp) }
            for kind in plugin.repositories { try await storeAndFind(kind, ["name": "a"], pulp) }
            for (index, kind) in plugin.distributions.enumerated() {
                try await storeAndFind(kind, ["name": "a", "base_path": .string("path/\(index)")], pulp)
            }
        },
        Self("every kind of unit has a kind of repository that takes it") { plugin, _, _ in
            for unit in plugin.contents {
                let takers = plugin.repositories.filter { $0.contents.contains { $0 == unit } }
                try expect(!takers.isEmpty, "a kind of repository for \(unit)")
            }
        },
        Self("units come back as they were made, and the same again are the same") { plugin, samples, pulp in
            for kind in plugin.repositories { try await addAndRead(samples, to: kind, pulp) }
        },
    ]

    private static func storeAndFind<R: Resource>(_ kind: R.Type, _ body: JSON.Object, _ pulp: Pulp) async throws {
        var value = R()
        try R.schema.apply(body, to: &value, .create)
        let stored = try await pulp.create(value)
        guard let found = try await pulp.find(kind, named: "a") else { throw ConformanceFailure("\(kind) is found by its name") }
        try expect(found.id == stored.id, "the identity of \(kind)")
        try expect(R.schema.encode(found.value) == R.schema.encode(value), "the fields of \(kind)")
    }

    private static func addAndRead<R: RepositoryKind>(_ samples: [any ContentUnit], to kind: R.Type, _ pulp: Pulp) async throws {
        var repository = R()
        repository.repository = RepositorySettings(name: "samples")
        let record = try await pulp.create(repository)
        let fitting = samples.filter { sample in kind.contents.contains { $0 == type(of: sample) } }
        let version = try await pulp.newVersion(of: record.id) { try await add(fitting, to: $0) }
        if let version {
            for sample in fitting { try await read(sample, in: version, pulp) }
            let summary = try await pulp.summary(of: version).counts.values
            try expect(summary.map(\.present).reduce(0, +) == fitting.count, "as many units as samples in \(kind)")
        } else {
            try expect(fitting.isEmpty, "a version of \(kind) with the samples")
        }
        let again = try await pulp.newVersion(of: record.id) { try await add(fitting, to: $0) }
        try expect(again == nil, "no version of \(kind) when the same comes again")
    }

    private static func add(_ samples: [any ContentUnit], to draft: VersionDraft) async throws {
        func one<Unit: ContentUnit>(_ unit: Unit) async throws { try await draft.add([unit]) }
        for sample in samples { try await one(sample) }
    }

    private static func read<Unit: ContentUnit>(_ unit: Unit, in version: RepositoryVersion, _ pulp: Pulp) async throws {
        let wanted = Unit.schema.encode(unit)
        var found = false
        try await pulp.forEachUnit(of: Unit.self, in: version) { units in
            found = found || units.contains { Unit.schema.encode($0) == wanted && $0.naturalKey == unit.naturalKey }
        }
        try expect(found, "the unit \(unit.naturalKey) as it was made")
    }

    private static func expect(_ condition: Bool, _ promise: String) throws {
        if !condition { throw ConformanceFailure(promise) }
    }
}
