import PulpCore

/// How the API shows something: the members of its object, each declared once for the answer and for the documentation.
struct View<Subject: Sendable>: Sendable {
    /// Under which OpenAPI documents know it.
    let name: String
    let properties: [Property<Subject>]

    func object(_ subject: Subject) -> JSON.Object {
        JSON.Object(distinct: properties.map { (name: $0.name, value: $0.value(subject)) })
    }

    var shape: ObjectShape { ObjectShape(name: name, members: properties.map(\.member)) }
}

/// One member of what the API shows.
struct Property<Subject: Sendable>: Sendable {
    let member: ObjectShape.Member
    let value: @Sendable (Subject) -> JSON

    var name: String { member.name }

    /// A member that clients cannot set, unless more is said.
    init(
        _ name: String, _ shape: Shape, isRequired: Bool = false, isReadOnly: Bool = true, fallback: JSON? = nil,
        _ value: @escaping @Sendable (Subject) -> JSON
    ) {
        member = ObjectShape.Member(name: name, shape: shape, isRequired: isRequired, isReadOnly: isReadOnly, fallback: fallback)
        self.value = value
    }

    /// The same property of something that holds the subject.
    func lifted<Outer: Sendable>(_ path: any KeyPath<Outer, Subject> & Sendable) -> Property<Outer> {
        let value = value
        return Property<Outer>(member) { value($0[keyPath: path]) }
    }

    init(_ member: ObjectShape.Member, _ value: @escaping @Sendable (Subject) -> JSON) { (self.member, self.value) = (member, value) }
}
