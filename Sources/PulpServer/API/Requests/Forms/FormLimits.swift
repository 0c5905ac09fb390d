/// What a form may have of that which is kept in memory; files have no limit here.
struct FormLimits: Sendable, Hashable {
    /// The bytes of one part's header, its blank line among them; as many may stand before the first part, where no client puts any.
    var header = 8 << 10
    /// The parts of a form.
    var parts = 1000
    /// The bytes of all texts, with their names.
    var text = 8 << 20
}
