import HTTPTypes
import Hummingbird
import PulpCore

extension API {
    /// How resources of a kind are made that are publications: by a task; nil for other kinds.
    func publish<P: Resource>(as kind: P.Type) -> Operation? {
        for case let repository as any PublishedRepository.Type in pulp.plugins.flatMap(\.repositories) {
            if let operation = publish(repository, as: kind) { return operation }
        }
        return nil
    }

    private func publish<R: PublishedRepository, P: Resource>(_ repository: R.Type, as kind: P.Type) -> Operation? {
        R.Product.self == P.self ? publish(repository) : nil
    }

    private func publish<R: PublishedRepository>(_ kind: R.Type) -> Operation {
        Operation(
            action: "create", request: Operation.RequestShape(shape: Publish<R>.shape), answers: [.task]
        ) { [self] request in
            let body = try await body(request, as: Publish<R>.self)
            let (repository, number) = try await version(body)
            guard repository.prn.hasPrefix("prn:\(R.schema.model):") else {
                throw APIError.fields([
                    ("non_field_errors", ["Invalid repository type: \(repository.prn) cannot be published as \(R.Product.schema.type)."])
                ])
            }
            let task = R.publishing(of: repository.cast(), version: number, as: body.publication)
            return .accepted(try await pulp.dispatch(task).id, hrefs)
        }
    }

    private func version<R>(_ body: Publish<R>) async throws -> (ID<Repository>, Int?) {
        switch (body.repository, body.publication.publication.repositoryVersion) {
        case (let repository?, nil): return (repository, nil)
        case (nil, let version?):
            if body.publication.publication.checkpoint {
                throw APIError.fields([("non_field_errors", ["checkpoint may only be used with a repository."])])
            }
            let version = try await pulp.version(version)
            return (version.repository, version.number)
        case (nil, nil):
            throw APIError.fields([("non_field_errors", ["Either the 'repository' or 'repository_version' need to be specified"])])
        case (.some, .some):
            throw APIError.fields([
                ("non_field_errors", ["Either the 'repository' or 'repository_version' need to be specified but not both."])
            ])
        }
    }
}

/// What to publish, and as what.
private struct Publish<R: PublishedRepository>: RequestObject {
    var repository: ID<Repository>?
    var publication = R.Product()

    static var name: String { R.Product.apiName }
    static var fields: [Field<Self>] {
        Embed(\.publication, R.Product.schema.fields)
            + [Field("repository", \.repository, "A URI of the repository to be published.", .nonNull)]
    }
}
