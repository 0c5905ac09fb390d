import PulpCore

/// A resource that is about to be shown, with what else must be known for that.
struct Shown<R: Resource>: Sendable {
    let record: Record<R>
    let links: ResourceLinks
    let href: String

    init(record: Record<R>, links: ResourceLinks) {
        (self.record, self.links) = (record, links)
        href = links.hrefs.href(record.id.prn) ?? record.id.prn
    }

    var prn: String { record.id.prn }
}

/// What resources refer to, and what refers to them, looked up for all of a page together.
struct ResourceLinks: Sendable {
    let hrefs: Hrefs
    let versions: VersionHrefs
    /// The numbers of repositories' latest versions, by the repositories' keys.
    var latest: [Int64: Int] = [:]
    /// What repositories remember of their last sync.
    var lastSyncs: [Int64: JSON] = [:]
    /// The hrefs of the distributions of publications, by the publications' keys.
    var distributions: [Int64: [String]] = [:]
    /// Whom content guards let in by roles, by the guards' PRNs.
    var admitted: [String: (users: [User], groups: [Group])] = [:]

    /// Asks the database a fixed number of questions, however many records there are.
    init<R: Resource>(of records: [Record<R>], _ hrefs: Hrefs, in db: any SQLConnection) throws {
        self.hrefs = hrefs
        let references = R.schema.fields.filter { $0.type.unwrapped == .reference(.repositoryVersion) }
        versions = try VersionHrefs(
            records.flatMap { record in references.compactMap { $0.json(record.value).stringValue } }, hrefs, in: db)
        let keys = records.map(\.key)
        switch R.schema.table {
        case .repository:
            for row in try db.query(
                """
                SELECT r.id, r.last_sync, (SELECT MAX(v.number) FROM repository_version v WHERE v.repository = r.id AND v.complete)
                FROM repository r WHERE r.id \(in: keys)
                """)
            {
                latest[try row.get(0)] = try row.get(2, as: Int?.self)
                lastSyncs[try row.get(0)] = try row.get(1, as: JSON?.self)
            }
        case .publication:
            for row in try db.query("SELECT publication, prn FROM distribution WHERE publication \(in: keys) ORDER BY id") {
                if let href = hrefs.href(try row.get(1)) { distributions[try row.get(0), default: []].append(href) }
            }
        case .contentGuard where R.self == RBACContentGuard.self:
            admitted = try RoleBindings.holders(of: RBACContentGuard.permission, on: records.map(\.id.prn), in: db)
        default: break
        }
    }

    /// A value as the API shows it: hrefs in place of PRNs.
    func shown(_ value: JSON, _ type: FieldType) -> JSON {
        switch (type, value) {
        case (.nullable(let type), _): return shown(value, type)
        case (.list(let type), .array(let elements)): return .array(elements.map { shown($0, type) })
        case (.reference(let table), .string(let prn)):
            let href = table == .repositoryVersion ? versions[prn]?.href : hrefs.href(prn)
            return href.map { .string($0) } ?? .null
        default: return value
        }
    }
}
