import HTTPTypes
import PulpCore

/// A version that is about to be shown, with what it holds.
struct ShownVersion: Sendable {
    let version: RepositoryVersion
    let updated: Timestamp
    let summary: ContentSummary
    let hrefs: Hrefs

    var repository: String { hrefs.href(version.repository.prn) ?? "" }
    var href: String { "\(repository)versions/\(version.number)/" }

    /// How many units of each type there are, and where these are listed.
    /// - Parameter paths: of the types' lists.
    fileprivate func counts(_ filter: String, _ paths: [String: String], _ count: (ContentSummary.Counts) -> Int) -> JSON {
        var object: JSON.Object = [:]
        for (type, counts) in summary.counts.sorted(by: { $0.key < $1.key }) where count(counts) > 0 {
            guard let path = paths[type] else { continue }
            object[type] = ["count": .integer(count(counts)), "href": .string("\(path)?\(filter)=\(href)")]
        }
        return .object(object)
    }
}

extension API {
    /// How versions are shown.
    var versionView: View<ShownVersion> {
        let summary = ObjectShape(
            name: "ContentSummaryResponse",
            members: ["added", "removed", "present"].map { ObjectShape.Member(name: $0, shape: .map(.anyObject), isRequired: true) })
        let paths = contentPaths
        return View(
            name: "RepositoryVersionResponse",
            properties: [
                Property("pulp_href", .uri) { .string($0.href) }, Property("prn", .text) { .string($0.version.id.prn) },
                Property("pulp_created", .moment) { $0.version.created.json },
                Property("pulp_last_updated", .moment) { $0.updated.json },
                Property("number", .integer) { .integer($0.version.number) }, Property("repository", .uri) { .string($0.repository) },
                Property("base_version", .uri, isReadOnly: false) { _ in .null },
                Property("content_summary", .object(summary)) { shown in
                    [
                        "added": shown.counts("repository_version_added", paths) { $0.added },
                        "removed": shown.counts("repository_version_removed", paths) { $0.removed },
                        "present": shown.counts("repository_version", paths) { $0.present },
                    ]
                },
                Property("vuln_report", .text) { _ in .null },
            ])
    }

    /// The list of all versions, of whatever repository.
    var versionListing: Listing {
        let (hrefs, view) = (hrefs, versionView)
        @Sendable func holding(_ units: [SQL]) -> SQL {
            """
            EXISTS (SELECT 1 FROM repository_content rc WHERE rc.repository = t.repository
                AND rc.content IN (\(sql: units.joined(separator: ", "))) AND rc.added <= t.number AND rc.removed > t.number)
            """
        }
        let numbers = [Lookup.exact, .lt, .lte, .gt, .gte, .range].map { FieldFilter("number", $0, .integer, column: "t.number") }
        return Listing(
            table: "repository_version AS t", condition: { _, _ in "t.complete" },
            filters: [
                ListFilter("content") { holding([try hrefs.content($0)]) },
                ListFilter("content__in", .list(.text)) { text in holding(try text.split(separator: ",").map { try hrefs.content($0) }) },
                ListFilter("pulp_href__in", .list(.text)) { text in
                    let versions = text.split(separator: ",").map { hrefs.version(String($0)) }
                    let conditions = try versions.map { version -> SQL in
                        guard let version else { throw InvalidField("URI not valid") }
                        return
                            "(t.number = \(version.number) AND t.repository = (SELECT id FROM repository WHERE prn = \(version.repository)))"
                    }
                    return conditions.isEmpty ? "FALSE" : "(\(sql: conditions.joined(separator: " OR ")))"
                },
                ListFilter("prn__in", .list(.text)) { text in
                    "t.uuid \(in: text.split(separator: ",").map { ID<RepositoryVersion>(prn: String($0)).uuid })"
                },
            ] + FieldFilter.moments("pulp_created", "t.created").map { ListFilter($0) } + numbers.map { ListFilter($0) },
            order: [
                ("number", "t.number"), ("pulp_created", "t.created"), ("pulp_last_updated", "t.updated"), ("pulp_id", "t.uuid"),
                ("pk", "t.uuid"), ("complete", "t.complete"), ("content_ids", "t.id"), ("info", "t.id"),
            ], shape: view.shape
        ) { keys, db in
            let versions = try RepositoryVersion.shown(keys, in: db)
            return Dictionary(
                versions.map { key, version, updated, summary in
                    (key, view.object(ShownVersion(version: version, updated: updated, summary: summary, hrefs: hrefs)))
                }, uniquingKeysWith: { first, _ in first })
        }
    }

    /// The list of all versions of all repositories.
    var versions: [Endpoint] { [ResourcePaths("repository_versions").all([.get: versionListing.operation(pulp)])] }

    /// A version as it is shown; nil when there is none.
    func versionObject(ofPRN prn: String, in db: any SQLConnection) throws -> JSON.Object? {
        let key = try db.value("SELECT id FROM repository_version WHERE uuid = \(ID<Never>(prn: prn).uuid) AND complete", as: Int64.self)
        return try key.flatMap { try versionListing.objects([$0], db)[$0] }
    }

    /// Where units are listed, by their types.
    private var contentPaths: [String: String] {
        var paths: [String: String] = [:]
        for kind in contentKinds { paths[kind.apiType] = "\(hrefs.root)\(kind.apiPath)/" }
        return paths
    }

    /// The kinds of content that the plugins bring.
    var contentKinds: [any ContentUnit.Type] { pulp.plugins.flatMap(\.contents) }
}
