import Configuration
import Foundation
import PulpCore
import Synchronization

/// Reads configured values by name: from the environment as `PULP_NAME`, else from a YAML file as `name` or `NAME`.
struct ConfigurationSource {
    private let reader: ConfigReader
    private let environment: [String: String]
    private let asked = AskedNames()

    /// What the environment has and nobody asked for yet: a setting that is misspelt, or that this release does not have.
    var unknownNames: [String] {
        environment.keys.filter { $0.hasPrefix("PULP_") && $0 != "PULP_SETTINGS" && !asked.names.contains(String($0.dropFirst(5))) }
            .sorted()
    }

    /// - Parameter file: nil for none.
    /// - Throws: ``PulpError`` when the file cannot be read or is not YAML.
    init(environment: [String: String], file: String?) async throws {
        self.environment = environment
        var providers: [any ConfigProvider] = [
            EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: "pulp")
        ]
        if let file {
            do {
                let path = ConfigReader(provider: InMemoryProvider(values: ["filePath": .init(stringLiteral: file)]))
                let yaml = try await FileProvider<YAMLSnapshot>(config: path)
                providers.append(yaml)
                providers.append(
                    yaml.mapKeys { AbsoluteConfigKey($0.components.map { $0.uppercased() }, context: $0.context) })
            } catch {
                throw PulpError(.invalid, "\(file): \(error)")
            }
        }
        reader = ConfigReader(providers: providers)
    }

    /// A value, as `parse` makes it of the text.
    /// - Parameters:
    ///   - name: without `PULP_`.
    ///   - expected: what a value must be, for the message.
    /// - Throws: ``PulpError`` that names the variable when `parse` returns nil.
    func value<Value>(_ name: String, _ expected: String, _ parse: (String) -> Value?) async throws -> Value? {
        guard let text = try await text(name) else { return nil }
        guard let value = parse(text) else {
            throw PulpError(.invalid, "PULP_\(name): \(text.debugDescription) is not \(expected)")
        }
        return value
    }

    /// A value as it stands; an empty one is none.
    func text(_ name: String, isSecret: Bool = false) async throws -> String? {
        asked.insert(name)
        do {
            let text = try await reader.fetchString(forKey: ConfigKey([name.lowercased()]), isSecret: isSecret)
            return text?.isEmpty == true ? nil : text
        } catch {
            throw PulpError(.invalid, "PULP_\(name): a single value is expected")
        }
    }

    /// A list: separated by commas, as JSON, or as a YAML sequence.
    func list(_ name: String) async throws -> [String]? {
        asked.insert(name)
        let key = ConfigKey([name.lowercased()])
        let text: String?
        // A YAML sequence is no string, and is read as one below.
        do { text = try await reader.fetchString(forKey: key) } catch {
            do { return try await reader.fetchStringArray(forKey: key) } catch {
                throw PulpError(.invalid, "PULP_\(name): a list is expected")
            }
        }
        guard let text else { return nil }
        guard text.first == "[" else {
            return text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        }
        do {
            return try JSONDecoder().decode([String].self, from: Data(text.utf8))
        } catch {
            throw PulpError(.invalid, "PULP_\(name): \"\(text)\" is not a JSON list of strings")
        }
    }
}

/// The names that somebody asked for.
private final class AskedNames: Sendable {
    private let all = Mutex<Set<String>>([])

    var names: Set<String> { all.withLock { $0 } }

    func insert(_ name: String) { all.withLock { _ = $0.insert(name) } }
}
