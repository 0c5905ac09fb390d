import HTTPTypes
import Hummingbird
import PulpCore

/// Things that are rows and no resources, which are listed, made, read, changed and deleted alike: users, groups, roles.
struct CollectionEndpoints<Item: Sendable, Body: RequestObject>: Sendable {
    let api: API
    let paths: ResourcePaths
    let listing: Listing
    /// The thing with the last part of its href.
    let find: @Sendable (String, any SQLConnection) throws -> Item?
    /// The key by which ``listing`` knows a thing, and the thing's PRN.
    let identity: @Sendable (Item) -> (key: Int64, prn: String)
    /// What a change of a thing begins with.
    let body: @Sendable (Item) -> Body
    /// What is to be done with a body before anything is stored, with the members that a client gave.
    var prepare: @Sendable (inout Body, JSON.Object) throws -> Void = { _, _ in }
    let insert: @Sendable (Body, any SQLConnection) throws -> Item
    let update: @Sendable (Body, any SQLConnection) throws -> Void
    /// Deletes a thing on behalf of a user.
    let delete: @Sendable (Item, User, any SQLConnection) throws -> Void

    var endpoints: [Endpoint] {
        [
            paths.all([.get: listing.operation(api.pulp), .post: create]),
            paths.each([
                .get: read, .put: change("update", .replace, Body.shape), .patch: change("partial_update", .update, Body.shape.patched()),
                .delete: deletion,
            ]),
        ]
    }

    private func item(_ request: APIRequest, in db: any SQLConnection) throws -> Item {
        guard let item = try find(request.parameters[paths.key] ?? "", db) else { throw APIError.notFound(paths.noun) }
        return item
    }

    /// A thing as lists show it.
    private func object(_ item: Item, in db: any SQLConnection) throws -> JSON.Object {
        let key = identity(item).key
        guard let object = try listing.objects([key], db)[key] else { throw APIError.notFound(paths.noun) }
        return object
    }

    private var read: Operation {
        Operation(action: "read", parameters: Operation.Parameter.fieldSelection, answers: [.ok(listing.shape)]) { request in
            let object = try await api.pulp.database.read { db in try self.object(try item(request, in: db), in: db) }
            return .json(FieldSelection(request.query)(object))
        }
    }

    private var create: Operation {
        Operation(
            action: "create", request: Operation.RequestShape(shape: Body.shape), answers: [.created(listing.shape)]
        ) { request in
            let body = try await api.body(request, Body.fields)
            var value = Body()
            try body.apply(Body.fields, to: &value, .create)
            try prepare(&value, body.members)
            let (prn, object) = try await api.pulp.database.write { [value] db in
                let item = try insert(value, db)
                return (identity(item).prn, try self.object(item, in: db))
            }
            return .created(object, api.hrefs.href(prn))
        }
    }

    private func change(_ action: String, _ change: FieldChange, _ shape: ObjectShape) -> Operation {
        Operation(action: action, request: Operation.RequestShape(shape: shape), answers: [.ok(listing.shape)]) { request in
            var value = self.body(try await api.pulp.database.read { db in try item(request, in: db) })
            let body = try await api.body(request, Body.fields)
            try body.apply(Body.fields, to: &value, change)
            try prepare(&value, body.members)
            let object = try await api.pulp.database.write { [value] db in
                try update(value, db)
                return try self.object(try item(request, in: db), in: db)
            }
            return .json(.object(object))
        }
    }

    private var deletion: Operation {
        Operation(action: "delete", answers: [.noContent]) { request in
            let actor = try request.access.identified()
            try await api.pulp.database.write { db in try delete(try item(request, in: db), actor, db) }
            return .empty()
        }
    }
}
