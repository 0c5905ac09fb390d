import ArgumentParser

/// The options of a source, as a group for `@OptionGroup`.
///
/// ArgumentParser learns options by reflecting over an instance, and hands the values over through a decoder. Both are open to
/// types that answer for themselves: the mirror shows one property wrapper for each option of the source, and the values are
/// decoded by their keys. So help, messages and completions for derived options are ArgumentParser's own.
struct DerivedOptions<Source: OptionSource>: ParsableArguments, CustomReflectable {
    private(set) var given: [String: GivenOption] = [:]

    init() {}

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        for option in Source.options {
            let key = Key(option.key)
            switch option.shape {
            case .text(isRequired: true):
                given[option.key] = .text(try container.decode(Option<String>.self, forKey: key).wrappedValue)
            case .text(isRequired: false):
                let text = try container.decode(Option<String?>.self, forKey: key).wrappedValue
                given[option.key] = text.map { .text($0) }
            case .texts:
                let texts = try container.decode(Option<[String]>.self, forKey: key).wrappedValue
                given[option.key] = texts.isEmpty ? nil : .texts(texts)
            case .toggle:
                let flag = try container.decode(Flag<Bool?>.self, forKey: key).wrappedValue
                given[option.key] = flag.map { .toggle($0) }
            }
        }
    }

    var customMirror: Mirror {
        Mirror(self, children: Source.options.map { (label: $0.key, value: Self.definition(of: $0)) })
    }

    /// The value of an option that takes one.
    func text(_ key: String) -> String? {
        if case .text(let text) = given[key] { text } else { nil }
    }

    private static func definition(of option: DerivedOption) -> Any {
        let name = NameSpecification(option.names.map { .customLong($0) })
        let help = ArgumentHelp("\(option.summary)", valueName: option.placeholder)
        let completion: CompletionKind? =
            if !option.choices.isEmpty { .list(option.choices) } else if option.isFile { .file() } else { nil }
        return switch option.shape {
        case .text(isRequired: true): Option<String>(name: name, help: help, completion: completion)
        case .text(isRequired: false): Option<String?>(name: name, help: help, completion: completion)
        case .texts: Option<[String]>(wrappedValue: [], name: name, parsing: .singleValue, help: help, completion: completion)
        case .toggle: Flag<Bool?>(name: name, inversion: .prefixedNo, help: help)
        }
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }
}
