/// An option of a command that a value describes, where others are described by properties.
struct DerivedOption: Sendable, Hashable {
    enum Shape: Sendable, Hashable {
        /// `--key value`.
        case text(isRequired: Bool)
        /// `--key value --key value`.
        case texts
        /// `--key` and `--no-key`.
        case toggle
    }

    /// What the value is known by afterwards.
    let key: String
    /// The spellings, without dashes; the first is shown.
    let names: [String]
    let shape: Shape
    let summary: String
    /// What stands for the value in the help.
    let placeholder: String
    /// The only values that make sense, where there are few; completions offer them.
    let choices: [String]
    /// Whether completions offer files.
    let isFile: Bool

    init(
        _ key: String, names: [String], _ shape: Shape, _ summary: String, placeholder: String = "text", choices: [String] = [],
        isFile: Bool = false
    ) {
        (self.key, self.names, self.shape, self.summary) = (key, names, shape, summary)
        (self.placeholder, self.choices, self.isFile) = (placeholder, choices, isFile)
    }
}

/// What was given for a derived option.
enum GivenOption: Sendable, Hashable {
    case text(String)
    case texts([String])
    case toggle(Bool)
}

/// Where options come from: a schema, seen by one verb.
protocol OptionSource: Sendable {
    static var options: [DerivedOption] { get }
}
