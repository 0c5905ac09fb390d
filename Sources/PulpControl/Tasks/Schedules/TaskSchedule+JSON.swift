import PulpCore

extension TaskSchedule {
    /// The schedule as the REST API shows it, and what Pulp's have not.
    var object: JSON.Object {
        var (interval, expression, zone): (JSON, JSON, JSON) = (.null, .null, .null)
        switch rhythm {
        case .once: break
        case .every(let duration): interval = .string(duration.clockText)
        case .cron(let cron, let place): (expression, zone) = (.string("\(cron)"), .string("\(place)"))
        }
        return [
            "prn": .string(id.prn), "pulp_created": created.json, "pulp_last_updated": updated.json, "name": .string(name),
            "task_name": .string(task), "dispatch_interval": interval, "cron": expression, "time_zone": zone,
            "next_dispatch": nextDispatch.json, "overlap": .string(overlap.rawValue),
            "maximum_run_time": maximumRunTime.map { .string($0.clockText) } ?? .null, "last_task": (lastTask?.prn).json,
        ]
    }
}

extension Duration {
    /// Reads the value of an option: numbers with the units d, h, m and s, `1d12h`; a number alone counts seconds.
    init(option: String, _ text: String) throws(PulpError) {
        let failure = PulpError(.invalid, "\(option): \(text.debugDescription) is no duration like 90s, 30m, 6h or 1d12h")
        let units: [Character: Int64] = ["d": 86_400, "h": 3600, "m": 60, "s": 1]
        var (total, digits): (Int64, String) = (0, "")
        for character in text + (text.last?.isNumber == true ? "s" : "") {
            if character.isASCII, character.isNumber {
                digits.append(character)
                continue
            }
            // Nine digits of days are no overflow.
            guard let unit = units[character], (1...9).contains(digits.count), let number = Int64(digits) else { throw failure }
            total += number * unit
            digits = ""
        }
        guard total > 0 else { throw failure }
        self = .seconds(total)
    }
}

extension Session {
    /// The JSON object that an option holds, or that is in a file which it names with `@`.
    func object(_ text: String, _ option: String) throws -> JSON {
        let source = text.hasPrefix("@") ? try read(String(text.dropFirst())) : text
        guard let object = try? JSON(parsing: source), case .object = object else {  // The message says all.
            throw PulpError(.invalid, "\(option) expects a JSON object")
        }
        return object
    }
}
