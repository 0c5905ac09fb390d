import PulpCore

/// What a field must be for a resource to be listed.
struct Condition: Sendable, Hashable {
    enum Lookup: String, Sendable, CaseIterable {
        case exact, `in`, contains, icontains, startswith
        /// Of moments; the moment itself is among them.
        case after, before
        /// Of labels.
        case select

        func help(of option: String) -> String {
            switch self {
            case .exact: "Only with this \(option)."
            case .in: "Only with one of these \(option) values."
            case .contains: "Only where the \(option) contains this."
            case .icontains: "Only where the \(option) contains this, in whatever case."
            case .startswith: "Only where the \(option) begins with this."
            case .after: "Only what was \(option) at this time or later, in UTC."
            case .before: "Only what was \(option) at this time or earlier, in UTC."
            case .select: "Only with such labels: key, !key, key=value, key!=value, key~part; all of several."
            }
        }

        var placeholder: String {
            switch self {
            case .in: "text,…"
            case .after, .before: "YYYY-MM-DD[THH:MM:SS]"
            case .select: "expression"
            default: "text"
            }
        }
    }

    let field: String
    let lookup: Lookup
    var text = ""

    init(field: String, lookup: Lookup, text: String = "") {
        (self.field, self.lookup, self.text) = (field, lookup, text)
    }

    /// What the option is known by: the filter's name in the REST API, `name__contains`.
    var key: String { lookup == .exact ? field : "\(field)__\(lookup.rawValue)" }

    init?(key: String) {
        guard let mark = key.firstRange(of: "__") else {
            self.init(field: key, lookup: .exact)
            return
        }
        guard let lookup = Lookup(rawValue: String(key[mark.upperBound...])) else { return nil }
        self.init(field: String(key[..<mark.lowerBound]), lookup: lookup)
    }

    /// Tells of an object whether the condition holds.
    /// - Parameter option: what a failure calls the condition.
    /// - Throws: ``PulpError`` with `invalid` when the text is no date, or no expression about labels.
    func predicate(of option: String) throws -> (JSON.Object) -> Bool {
        switch lookup {
        case .after, .before:
            let moment = try Timestamp(option: option, text).description
            // As texts of one length they compare as the moments do.
            return { object in
                guard let other = object[field]?.stringValue else { return false }
                return lookup == .after ? other >= moment : other <= moment
            }
        case .select:
            let selection = try LabelSelection(text, option: option)
            return { object in
                guard let labels = try? Labels(json: object[field] ?? [:]) else { return false }  // What has none is not meant.
                return selection.holds(for: labels)
            }
        case .exact, .in, .contains, .icontains, .startswith: return holds
        }
    }

    private func holds(for object: JSON.Object) -> Bool {
        guard let json = object[field] else { return false }
        if case .null = json { return lookup == .exact && text == "null" }
        let value = Array(json.filtered.utf8)
        return switch lookup {
        case .exact: value.elementsEqual(text.utf8)
        case .in: text.split(separator: ",").contains { value.elementsEqual($0.utf8) }
        case .contains: text.isEmpty || value.firstRange(of: Array(text.utf8)) != nil
        case .icontains: text.isEmpty || json.filtered.lowercased().contains(text.lowercased())
        case .startswith: value.starts(with: text.utf8)
        case .after, .before, .select: false
        }
    }
}

extension LabelSelection {
    /// Reads what was given for an option.
    init(_ text: String, option: String) throws(PulpError) {
        do { try self.init(text) } catch { throw PulpError(.invalid, "\(option): \(error.message)") }
    }
}

extension Timestamp {
    /// Reads `2026-11-21`, or `2026-11-21T10:15:00` in UTC, with or without `Z`.
    init(option: String, _ text: String) throws(PulpError) {
        var compact = text.filter { $0 != "-" && $0 != ":" }
        if !compact.hasSuffix("Z") { compact += compact.contains("T") ? "Z" : "T000000Z" }
        guard let moment = Timestamp(compact: compact) else {
            throw PulpError(.invalid, "\(option): \(text.debugDescription) is no date")
        }
        self = moment
    }
}

extension JSON {
    /// The text that filters compare with.
    fileprivate var filtered: String { stringValue ?? text }
}
