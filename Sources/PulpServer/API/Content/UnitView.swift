import PulpCore

/// A unit of content that is about to be shown, with what hangs on it.
struct ShownUnit<Unit: ContentUnit>: Sendable {
    let record: Record<Unit>
    let labels: Labels
    let files: [UnitFile]
    let hrefs: Hrefs

    /// The artifact of a unit of one file; nil while it is not downloaded.
    var artifact: Artifact? { files.first?.artifact }
}

extension API {
    /// How the units of a kind are shown.
    func view<Unit: ContentUnit>(ofUnits kind: Unit.Type) -> View<ShownUnit<Unit>> {
        let fields = Unit.schema.fields.map { field in
            Property<ShownUnit<Unit>>(ObjectShape.Member(of: field)) { field.json($0.record.value) }
        }
        let names = Set(fields.map(\.name))
        let all: [Property<ShownUnit<Unit>>] = kind is any UploadedUnit.Type ? Self.single() : [Self.artifacts()]
        let rest = all.filter { !names.contains($0.name) }
        return View(name: Unit.apiName + "Response", properties: Self.common() + fields + rest)
    }

    /// What all units have.
    private static func common<Unit>() -> [Property<ShownUnit<Unit>>] {
        [
            Property("pulp_href", .uri) { .string($0.hrefs.href($0.record.id.prn) ?? $0.record.id.prn) },
            Property("prn", .text) { .string($0.record.id.prn) }, Property("pulp_created", .moment) { $0.record.created.json },
            Property("pulp_last_updated", .moment) { $0.record.updated.json },
            Property("pulp_labels", .map(.text.orNull), isReadOnly: false) { $0.labels.json },
            Property("vuln_report", .uri) { _ in .null },
        ]
    }

    /// What units of one file have: its artifact and the digests of that.
    private static func single<Unit>() -> [Property<ShownUnit<Unit>>] {
        [
            Property("artifact", .uri, isReadOnly: false) { unit in
                unit.artifact.flatMap { unit.hrefs.href($0.id.prn) }.map { .string($0) } ?? .null
            }
        ]
            + DigestAlgorithm.allCases.map { algorithm in
                Property(algorithm.rawValue, .text) { $0.artifact?.digests[algorithm].json ?? .null }
            }
    }

    /// What units of any number of files have: the artifacts by their paths.
    private static func artifacts<Unit>() -> Property<ShownUnit<Unit>> {
        Property("artifacts", .anyObject, isRequired: true, isReadOnly: false) { unit in
            .object(
                JSON.Object(
                    unit.files.map { file in
                        let href = file.artifact.flatMap { unit.hrefs.href($0.id.prn) }
                        return (name: file.relativePath.description, value: href.map { .string($0) } ?? .null)
                    }))
        }
    }

    /// Units with some keys, as something shows them.
    func units<Unit: ContentUnit, Value>(
        _ kind: Unit.Type, _ keys: [Int64], in db: any SQLConnection, _ show: (ShownUnit<Unit>) -> Value
    ) throws -> [Int64: Value] {
        let files = try UnitFile.list(of: keys, in: db)
        let labels = try Labels.list(of: keys, in: db)
        var found: [Int64: Value] = [:]
        try ContentTable<Unit>().query(where: "c.id \(in: keys)", in: db) { record in
            found[record.key] = show(
                ShownUnit(record: record, labels: labels[record.key] ?? [:], files: files[record.key] ?? [], hrefs: hrefs))
        }
        return found
    }

    /// How units are shown in the list of all kinds.
    func genericView<Unit: ContentUnit>(ofUnits kind: Unit.Type) -> View<ShownUnit<Unit>> {
        View(name: "MultipleArtifactContentResponse", properties: Self.common() + [Self.artifacts()])
    }
}
