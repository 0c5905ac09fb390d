import PulpCore

/// The options that say which units of a kind are meant: its fields.
enum UnitSelection<Unit: ContentUnit>: OptionSource {
    static var options: [DerivedOption] {
        Unit.schema.fields.filter { $0.lookups != .none }.map { field in
            FieldOption(field).derived(summary: field.summary, isRequired: false, fallback: nil)
        } + [DerivedOption("prn", names: ["prn", "href"], .text(isRequired: false), "The unit's PRN or href.", placeholder: "prn")]
    }
}

extension DerivedOptions {
    /// The query of the options of ``UnitSelection``.
    func query<Unit: ContentUnit>() throws -> ContentQuery where Source == UnitSelection<Unit> {
        var query = ContentQuery()
        for (key, given) in given {
            guard case .text(let text) = given else { continue }
            if key == "prn" {
                query.ids = [try ID<Unit>(argument: text).cast()]
            } else {
                query.fields[key] = text
            }
        }
        return query
    }

    /// The units that the options name.
    /// - Throws: ``PulpError`` with `invalid` when none of the options was given, with `notFound` when there is no such unit.
    func units<Unit: ContentUnit>(
        in session: Session, of version: RepositoryVersion? = nil
    ) async throws -> [Record<Unit>] where Source == UnitSelection<Unit> {
        guard !given.isEmpty else {
            let options = Source.options.compactMap(\.names.first).map { "--\($0)" }.joined(separator: ", ")
            throw PulpError(.invalid, "say which units: \(options)")
        }
        var query: ContentQuery = try query()
        query.version = version
        let units: [Record<Unit>] = try await session.pulp.units(matching: query)
        guard !units.isEmpty else {
            throw PulpError(.notFound, version == nil ? "there is no such unit" : "the version has no such unit")
        }
        return units
    }

    /// The one unit that the options name.
    /// - Throws: the same, and ``PulpError`` with `invalid` when the options mean several.
    func unit<Unit: ContentUnit>(in session: Session) async throws -> Record<Unit> where Source == UnitSelection<Unit> {
        let found: [Record<Unit>] = try await units(in: session)
        guard found.count == 1 else { throw PulpError(.invalid, "\(found.count) units are meant; say more") }
        return found[0]
    }
}
