import HTTPTypes
import Hummingbird
import PulpCore

/// Making, changing and deleting resources of a kind.
struct ResourceChanges<R: Resource>: Sendable {
    let api: API

    private var shape: ObjectShape { ObjectShape(requesting: R.schema.fields, from: R(), name: R.apiName) }
    private var answer: ObjectShape { api.view(of: R.self).shape }

    func create(_ manner: Conduct.Manner) -> Operation {
        Operation(
            action: "create", request: Operation.RequestShape(shape: shape), answers: [manner == .task ? .task : .created(answer)]
        ) { request in
            let body = try await api.body(request, R.schema.fields)
            var value = R()
            try body.apply(R.schema.fields, to: &value, .create)
            guard manner == .task else {
                let record = try await api.pulp.create(value)
                return .created(try await api.object(record), api.hrefs.href(record.id.prn))
            }
            // What is wrong is told to who asks, not to who looks at the task later.
            try await api.pulp.rehearse { [value, resources = api.pulp.resources] db in _ = try resources.insert(value, in: db) }
            let task = try await api.pulp.dispatch(CreateResource(R.self, body.members), execution: .immediateOrDeferred)
            return .accepted(task.id, api.hrefs)
        }
    }

    func replace(_ manner: Conduct.Manner) -> Operation { change("update", .replace, shape, manner) }

    func update(_ manner: Conduct.Manner) -> Operation { change("partial_update", .update, shape.patched(), manner) }

    private func change(_ action: String, _ change: FieldChange, _ shape: ObjectShape, _ manner: Conduct.Manner) -> Operation {
        Operation(
            action: action, request: Operation.RequestShape(shape: shape), answers: [.ok(answer)] + (manner == .task ? [.task] : [])
        ) { request in
            let record = try await api.record(R.self, request)
            let body = try await api.body(request, R.schema.fields)
            var changed = record
            try body.apply(R.schema.fields, to: &changed.value, change)
            let isSame = R.schema.fields.allSatisfy { $0.json(changed.value) == $0.json(record.value) }
            if isSame { return .json(.object(try await api.object(record))) }
            if manner == .now {
                try await api.pulp.update(changed)
                return .json(.object(try await api.object(try await api.pulp.get(record.id))))
            }
            try await api.pulp.rehearse { [changed, resources = api.pulp.resources] db in _ = try resources.update(changed, in: db) }
            let task = try await api.pulp.dispatch(
                UpdateResource(record.id, body.members, isReplacement: change == .replace), execution: .immediateOrDeferred)
            return .accepted(task.id, api.hrefs)
        }
    }

    func delete(_ manner: Conduct.Manner) -> Operation {
        Operation(action: "delete", answers: [manner == .task ? .task : .noContent]) { request in
            let record = try await api.record(R.self, request)
            guard manner == .task else {
                _ = try await api.pulp.database.write { [resources = api.pulp.resources] db in try resources.delete(record.id, in: db) }
                return .empty()
            }
            // A repository may have millions of rows, which take longer than a client waits.
            let execution: TaskExecution = R.schema.table == .repository ? .deferred : .immediateOrDeferred
            return .accepted(try await api.pulp.dispatch(DeleteResource(record.id), execution: execution).id, api.hrefs)
        }
    }
}

extension Response {
    /// What was made, and where it is.
    static func created(_ object: JSON.Object, _ href: String?) -> Response {
        var response = Response.json(.object(object), status: .created)
        if let href { response.headers[.location] = href }
        return response
    }
}

extension Pulp {
    /// Finds out what would happen: runs a body in a transaction that changes nothing in the end.
    /// - Throws: what the body throws.
    func rehearse(_ body: @escaping @Sendable (any SQLConnection) throws -> Void) async throws {
        struct Rehearsed: Error {}
        do {
            try await database.write { db in
                try body(db)
                throw Rehearsed()
            }
        } catch is Rehearsed {}
    }
}
