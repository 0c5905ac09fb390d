import HTTPTypes
import Hummingbird
import PulpCore

/// `set_label` and `unset_label`: one label, while the client waits.
struct LabelChanges: Sendable {
    typealias Change = @Sendable (inout Labels) -> Void

    let api: API
    /// What the answers' status is.
    let status: HTTPResponse.Status
    /// Changes the labels of what a request names, and gives those that it had before.
    let change: @Sendable (APIRequest, @escaping Change) async throws -> Labels

    func endpoints(_ paths: ResourcePaths) -> [Endpoint] {
        [paths.each("set_label", [.post: set]), paths.each("unset_label", [.post: unset])]
    }

    private var set: Operation {
        Operation(
            action: "set_label", request: Operation.RequestShape(shape: SetLabel.shape),
            answers: [Operation.Answer(status: status, shape: .object(SetLabel.shape.named("SetLabelResponse")))]
        ) { request in
            let body: SetLabel = try await api.body(request)
            _ = try await change(request) { $0[body.key] = .some(body.value) }
            return .json(["key": .string(body.key), "value": body.value.json], status: status)
        }
    }

    private var unset: Operation {
        let answer = ObjectShape(
            name: "UnsetLabelResponse",
            members: [
                ObjectShape.Member(name: "key", shape: .text, isRequired: true),
                ObjectShape.Member(name: "value", shape: .text, isReadOnly: true),
            ])
        return Operation(
            action: "unset_label", request: Operation.RequestShape(shape: UnsetLabel.shape),
            answers: [Operation.Answer(status: status, shape: .object(answer))]
        ) { request in
            let body: UnsetLabel = try await api.body(request)
            let old = try await change(request) { $0[body.key] = .none }
            return .json(["key": .string(body.key), "value": (old[body.key] ?? nil).json], status: status)
        }
    }
}

extension API {
    /// Changes the labels of the resource that a request names.
    func changeLabels<R: Resource>(
        of kind: R.Type, _ request: APIRequest, _ change: @escaping LabelChanges.Change
    ) async throws -> Labels {
        let id = try await record(R.self, request).id
        return try await pulp.database.write { [resources = pulp.resources] db in
            guard var record = try resources.find(id, in: db) else { throw APIError.notFound("\(R.self)") }
            let old = try Labels(json: R.schema.encode(record.value)["pulp_labels"] ?? [:])
            var labels = old
            change(&labels)
            try R.schema.apply(["pulp_labels": labels.json], to: &record.value, .update)
            try resources.update(record, in: db)
            return old
        }
    }
}

private struct SetLabel: RequestObject {
    var key = ""
    var value: String?

    static let name = "SetLabel"
    static let fields = [
        Field<Self>("key", \.key, "The label's name.", .required, validate: checkLabelKey),
        Field<Self>("value", \.value, "The label's value.", .required),
    ]
}

private struct UnsetLabel: RequestObject {
    var key = ""

    static let name = "UnsetLabel"
    static let fields = [Field<Self>("key", \.key, "The label's name.", .required, validate: checkLabelKey)]
}

private let checkLabelKey: @Sendable (String) throws(InvalidField) -> Void = { (key) throws(InvalidField) in try Labels.check(key, nil) }

extension ObjectShape {
    /// The same under another name.
    func named(_ name: String) -> ObjectShape { ObjectShape(name: name, members: members) }
}
