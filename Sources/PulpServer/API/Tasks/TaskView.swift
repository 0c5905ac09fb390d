import PulpCore

/// A task that is about to be shown, with the hrefs of what it made.
struct ShownTask: Sendable {
    let record: TaskRecord
    let hrefs: Hrefs
    let versions: VersionHrefs
    /// What the task gave, where that is a resource which is still there.
    let result: JSON.Object?

    /// The href of a thing; null where there is none.
    func href(_ prn: String?) -> JSON { prn.flatMap { versions[$0]?.href ?? hrefs.href($0) }.map { .string($0) } ?? .null }
}

extension TaskRecord {
    /// What the task gave, where that is a thing with a name.
    fileprivate var resultPRN: String? {
        let text = result?.stringValue ?? result?["id"]?.stringValue
        return text.flatMap { $0.hasPrefix("prn:") ? $0 : nil }
    }
}

extension View where Subject == ShownTask {
    /// How tasks are shown.
    static let task = View<ShownTask>(
        name: "TaskResponse",
        properties: [
            Property("pulp_href", .uri) { $0.href($0.record.id.prn) }, Property("prn", .text) { .string($0.record.id.prn) },
            Property("pulp_created", .moment) { $0.record.created.json },
            Property("pulp_last_updated", .moment) { $0.record.updated.json },
            Property("state", .text) { .string($0.record.state.rawValue) },
            Property("name", .text, isRequired: true, isReadOnly: false) { .string($0.record.name) },
            Property("logging_cid", .text, isRequired: true, isReadOnly: false) { .string($0.record.correlationID) },
            Property("created_by", .uri.orNull) { $0.href($0.record.creator?.prn) },
            Property("unblocked_at", .moment) { $0.record.unblocked.json }, Property("started_at", .moment) { $0.record.started.json },
            Property("finished_at", .moment) { $0.record.finished.json },
            Property("error", .anyObject) { $0.record.error ?? .null }, Property("worker", .uri.orNull) { $0.href($0.record.worker?.prn) },
            Property("parent_task", .uri) { $0.href($0.record.parent?.prn) },
            Property("child_tasks", .list(.uri)) { task in .array(task.record.children.map { task.href($0.prn) }) },
            Property("task_group", .uri) { $0.href($0.record.group?.prn) },
            Property("progress_reports", .list(.object(progress))) { .array($0.record.progress.map { .object($0.object) }) },
            Property("created_resources", .list(.uri)) { task in
                // Pulp's words for a version that is gone; the href of anything else is known without it.
                .array(task.record.createdResources.map { task.href($0) == .null ? "<unavailable>" : task.href($0) })
            },
            Property("created_resource_prns", .list(.uri)) { .array($0.record.createdResources.map { .string($0) }) },
            Property("reserved_resources_record", .list(.text)) { .array($0.record.reservedResources.map { .string($0) }) },
            Property("result", .any) { task in
                task.record.resultPRN == nil ? task.record.result ?? .null : task.result.map { .object($0) } ?? .null
            },
            Property("pulp_api_version", .text, isReadOnly: false, fallback: "v3") { _ in "v3" },
        ])

    private static var progress: ObjectShape {
        ObjectShape(
            name: "ProgressReportResponse",
            members: [
                ObjectShape.Member(name: "message", shape: .text, isReadOnly: true),
                ObjectShape.Member(name: "code", shape: .text, isReadOnly: true),
                ObjectShape.Member(name: "state", shape: .text, isReadOnly: true),
                ObjectShape.Member(name: "total", shape: .integer, isReadOnly: true),
                ObjectShape.Member(name: "done", shape: .integer, isReadOnly: true),
                ObjectShape.Member(name: "suffix", shape: .text.orNull, isReadOnly: true),
            ])
    }
}

extension API {
    /// Tasks as they are shown.
    /// - Parameter hasResults: whether resources that tasks gave are shown whole.
    func shown(_ records: [TaskRecord], hasResults: Bool, in db: any SQLConnection) throws -> [ShownTask] {
        let created = records.flatMap(\.createdResources).filter { $0.hasPrefix("prn:core.repositoryversion:") }
        let versions = try VersionHrefs(created, hrefs, in: db)
        return try records.map { record in
            var result: JSON.Object?
            if hasResults, let prn = record.resultPRN { result = try object(ofPRN: prn, in: db) }
            return ShownTask(record: record, hrefs: hrefs, versions: versions, result: result)
        }
    }

    /// What a PRN names, as it is shown; nil when there is no such thing.
    private func object(ofPRN prn: String, in db: any SQLConnection) throws -> JSON.Object? {
        if prn.hasPrefix("prn:core.repositoryversion:") { return try versionObject(ofPRN: prn, in: db) }
        let model = prn.split(separator: ":").dropFirst().first.map(String.init)
        guard let kind = pulp.kinds.first(where: { $0.apiModel == model }) else { return nil }
        return try object(kind, prn, in: db)
    }

    private func object<R: Resource>(_ kind: R.Type, _ prn: String, in db: any SQLConnection) throws -> JSON.Object? {
        guard let record = try pulp.resources.find(ID<R>(prn: prn), in: db) else { return nil }
        return view(of: kind).object(Shown(record: record, links: try ResourceLinks(of: [record], hrefs, in: db)))
    }
}
