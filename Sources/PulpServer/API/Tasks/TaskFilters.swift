import PulpCore

extension API {
    /// The filters of the list of tasks.
    var taskFilters: [ListFilter] {
        let hrefs = hrefs
        @Sendable func one(_ text: String) throws -> String {
            guard let prn = hrefs.prn(text) else { throw InvalidField("URI not valid") }
            return prn
        }
        /// Names that are no resources' stand for themselves.
        @Sendable func holding(_ text: String, _ kind: SQL) -> SQL {
            let names = text.split(separator: ",").map { hrefs.prn(String($0)) ?? String($0) }
            return "t.id IN (SELECT r.task FROM task_resource AS r WHERE r.resource \(in: names) AND \(sql: kind))"
        }
        func moments(_ name: String, _ column: String) -> [ListFilter] { FieldFilter.moments(name, column).map { ListFilter($0) } }
        let states = Shape.choice(TaskState.allCases.map(\.rawValue).sorted())
        var filters = identityFilters(model: "core.task")
        filters += moments("pulp_created", "t.created") + moments("started_at", "t.started") + moments("finished_at", "t.finished")
        filters += moments("unblocked_at", "t.unblocked")
        filters += FieldFilter.text("name", "t.name", [.exact, .in, .contains, .ne]).map { ListFilter($0) }
        filters += FieldFilter.text("logging_cid", "t.logging_cid", [.exact, .contains]).map { ListFilter($0) }
        filters += [
            ListFilter("state", states) { "t.state = \(try TaskState.named($0))" },
            ListFilter("state__in", .list(.text)) { "t.state \(in: try $0.split(separator: ",").map { try TaskState.named(String($0)) })" },
            ListFilter("state__ne", .text) { "t.state <> \($0)" },
            ListFilter("parent_task") { "t.parent = (SELECT p.id FROM task AS p WHERE p.uuid = \(ID<TaskRecord>(prn: try one($0)).uuid))" },
            ListFilter("child_tasks") {
                "t.id = (SELECT c.parent FROM task AS c WHERE c.uuid = \(ID<TaskRecord>(prn: try one($0)).uuid))"
            },
            ListFilter("task_group") { "t.task_group = (SELECT g.id FROM task_group AS g WHERE g.prn = \(try one($0)))" },
            ListFilter("worker") { "t.worker = (SELECT w.id FROM worker AS w WHERE w.uuid = \(ID<WorkerRecord>(prn: try one($0)).uuid))" },
            ListFilter("created_resources") { text in
                let prn: SQL = if let version = hrefs.version(text) { Self.prn(of: version) } else { "\(try one(text))" }
                return "t.id IN (SELECT c.task FROM created_resource AS c WHERE c.prn = \(sql: prn))"
            },
        ]
        for (name, kind) in [("reserved", "TRUE"), ("exclusive", "r.exclusive"), ("shared", "NOT r.exclusive")] as [(String, SQL)] {
            filters.append(ListFilter("\(name)_resources") { holding($0, kind) })
            filters.append(ListFilter("\(name)_resources__in", .list(.text)) { holding($0, kind) })
        }
        return filters
    }

    /// The PRN of a version, in SQL; NULL when there is none.
    private static func prn(of version: (repository: String, number: Int)) -> SQL {
        """
        (SELECT 'prn:core.repositoryversion:' || v.uuid FROM repository_version v JOIN repository r ON r.id = v.repository
            WHERE r.prn = \(version.repository) AND v.number = \(version.number))
        """
    }

    /// The filters of things of one model that are told apart by a column.
    func identityFilters(model: String, _ column: IdentityColumn = .uuid) -> [ListFilter] {
        let hrefs = hrefs
        let prefix = "prn:\(model):"
        @Sendable func condition(_ prns: [String]) -> SQL {
            column.condition(prns.filter { $0.hasPrefix(prefix) }.map { (prn: $0, key: String($0.dropFirst(prefix.count))) })
        }
        return [
            ListFilter("pulp_id__in", .list(.uuid)) { text in condition(try hrefs.uuids(text).map { prefix + $0 }) },
            ListFilter("pulp_href__in", .list(.text)) { text in condition(try hrefs.prns(text, else: "URI not valid")) },
            ListFilter("prn__in", .list(.text)) { text in condition(text.split(separator: ",").map(String.init)) },
        ]
    }
}

/// The column that tells the rows of a table apart for clients.
enum IdentityColumn: Sendable {
    /// The whole PRN.
    case prn
    /// The last part of it.
    case uuid
    /// A number, which is the last part of it.
    case number

    /// The rows with some identities, as a condition on their table as `t`.
    func condition(_ identities: [(prn: String, key: String)]) -> SQL {
        switch self {
        case .prn: "t.prn \(in: identities.map(\.prn))"
        case .uuid: "t.uuid \(in: identities.map(\.key))"
        case .number: "t.id \(in: identities.compactMap { Int64($0.key) })"
        }
    }
}

extension TaskState {
    /// - Throws: `InvalidField` in Pulp's words.
    fileprivate static func named(_ text: String) throws(InvalidField) -> TaskState {
        guard let state = TaskState(rawValue: text) else {
            throw InvalidField("Select a valid choice. \(text) is not one of the available choices.")
        }
        return state
    }
}
