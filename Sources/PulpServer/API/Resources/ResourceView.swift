import PulpCore

extension View {
    /// How resources of a kind are shown: what all resources have, their fields, and what their table adds.
    static func resource<R: Resource>(_ kind: R.Type, _ settings: Settings) -> View<Shown<R>> where Subject == Shown<R> {
        let fields = R.schema.fields.filter { $0.traits.isDisjoint(with: [.secret, .internal]) }.map { Property<Shown<R>>(field: $0) }
        return View<Shown<R>>(
            name: R.apiName + "Response",
            properties: Property.common() + fields + Property.additions(R.schema.table, settings) + Property.hiddenFields())
    }
}

extension Property {
    /// A field of a resource.
    fileprivate init<R: Resource>(field: Field<R>) where Subject == Shown<R> {
        let (type, json) = (field.type, field.json)
        self.init(ObjectShape.Member(of: field)) { $0.links.shown(json($0.record.value), type) }
    }

    /// What all resources have.
    fileprivate static func common<R>() -> [Self] where Subject == Shown<R> {
        [
            Self("pulp_href", .uri) { .string($0.href) }, Self("prn", .text) { .string($0.prn) },
            Self("pulp_created", .moment) { $0.record.created.json }, Self("pulp_last_updated", .moment) { $0.record.updated.json },
        ]
    }

    /// What the resources of a table have besides their fields.
    fileprivate static func additions<R>(_ table: ResourceTable, _ settings: Settings) -> [Self] where Subject == Shown<R> {
        switch table {
        case .repository:
            [
                Self("versions_href", .uri) { .string($0.href + "versions/") },
                Self("latest_version_href", .uri) { shown in
                    shown.links.latest[shown.record.key].map { .string("\(shown.href)versions/\($0)/") } ?? .null
                },
                Self("last_sync_details", .any) { $0.links.lastSyncs[$0.record.key] ?? .object([:]) },
            ]
        case .publication:
            [
                Self("repository", .uri, isReadOnly: false) { shown in
                    guard let publication = (shown.record.value as? any PublicationKind)?.publication,
                        let version = publication.repositoryVersion
                    else { return .null }
                    return shown.links.versions[version.prn].map { .string($0.repository) } ?? .null
                },
                Self("distributions", .list(.uri)) { .array(($0.links.distributions[$0.record.key] ?? []).map { .string($0) }) },
            ]
        case .distribution:
            [
                Self("base_url", .text) { shown in
                    let path = (shown.record.value as? any DistributionKind)?.distribution.basePath ?? ""
                    return .string("\(settings.contentOrigin)\(settings.contentPathPrefix)\(path)/")
                },
                Self("content_guard_prn", .text) { shown in
                    (shown.record.value as? any DistributionKind)?.distribution.contentGuard.map { .string($0.prn) } ?? .null
                },
                Self("no_content_change_since", .text) { shown in
                    guard let distribution = (shown.record.value as? any DistributionKind)?.distribution else { return .null }
                    let isFixed = distribution.publication != nil || distribution.repositoryVersion != nil
                    return isFixed ? shown.record.updated.json : .null
                },
            ]
        case .content, .remote, .repositoryVersion, .contentGuard: []
        }
    }

    /// Which secrets are set: all that is ever told of them.
    fileprivate static func hiddenFields<R: Resource>() -> [Self] where Subject == Shown<R> {
        let secrets = R.schema.fields.filter { $0.traits.contains(.secret) }
        guard !secrets.isEmpty else { return [] }
        return [
            Self("hidden_fields", .list(.object(.hiddenField))) { shown in
                .array(secrets.map { ["name": .string($0.name), "is_set": .bool($0.isSet(in: shown.record.value))] })
            }
        ]
    }
}

extension ObjectShape {
    /// Whether a secret is set.
    static let hiddenField = ObjectShape(
        name: nil,
        members: [Member(name: "name", shape: .text, isRequired: true), Member(name: "is_set", shape: .boolean, isRequired: true)])
}

extension ObjectShape.Member {
    /// A field, in requests or in answers.
    init<Root>(of field: Field<Root>, fallback: JSON? = nil) {
        self.init(
            name: field.name, shape: field.traits.contains(.nonNull) ? Shape(field.type.unwrapped) : Shape(field.type),
            isRequired: field.traits.contains(.required),
            isReadOnly: field.traits.contains(.readOnly), isWriteOnly: field.traits.contains(.secret), fallback: fallback)
    }
}
