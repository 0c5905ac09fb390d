import HTTPTypes
import Hummingbird
import PulpCore

/// Making units of one file: by a task, or while the client waits.
struct UnitCreation<Unit: UploadedUnit>: Sendable {
    let api: API

    /// By a task, which can add the unit to a repository too.
    var deferred: Operation {
        Operation(
            action: "create", request: .file(UnitRequest.shape(UnitRequest.fields, name: Unit.apiName)), answers: [.task]
        ) { request in
            try await withUnit(request, UnitRequest.fields) { unit, file in
                let source: ContentSource
                if let file {
                    source = .artifact(try await api.pulp.artifacts.add(file.staged, named: "the file").id)
                } else {
                    source = try await unit.source(api)
                }
                let task = CreateContent(
                    Unit.self, from: source, at: unit.relativePath, in: unit.repository, overwrite: unit.overwrite, labels: unit.labels)
                return .accepted(try await api.pulp.dispatch(task, execution: Self.execution(of: task)).id, api.hrefs)
            }
        }
    }

    /// While the client waits.
    var now: Operation {
        let fields = UnitRequest.fields.filter { $0.name != "repository" }
        let answer = api.view(ofUnits: Unit.self).shape.named("\(Unit.typeWord)UploadResponse")
        return Operation(
            action: "upload", request: .file(UnitRequest.shape(fields, name: "\(Unit.typeWord)Upload")), answers: [.created(answer)]
        ) { request in
            let id = try await withUnit(request, fields) { unit, file in
                if let file {
                    return try await api.pulp.createUnit(
                        Unit.self, from: file.staged, named: "the file", at: unit.relativePath, labels: unit.labels)
                }
                return try await api.pulp.createUnit(
                    Unit.self, from: try await unit.source(api), at: unit.relativePath, labels: unit.labels)
            }
            return .created(try await api.unit(Unit.self, id.uuid), api.hrefs.href(id.prn))
        }
    }

    /// Here and now, where it is sure to be short: one transaction.
    private static func execution(of task: CreateContent) -> TaskExecution {
        if case .artifact = task.source, task.repository == nil { .immediateOrDeferred } else { .deferred }
    }

    private func withUnit<Value>(
        _ request: APIRequest, _ fields: [Field<UnitRequest>], _ use: (UnitRequest, Form.File?) async throws -> Value
    ) async throws -> Value {
        try await api.withBody(request, fields) { [artifacts = api.pulp.artifacts] in
            FormReader.Sink(staged: try await artifacts.stage())
        } _: { body, file in
            var unit = UnitRequest()
            try body.apply(fields, to: &unit, .create)
            try unit.check(hasFile: file != nil)
            return try await use(unit, file)
        }
    }
}
