import Foundation
import PulpCore

/// An open Pulp, and how its answers are shown.
struct Session: Sendable {
    let pulp: Pulp
    let terminal: Terminal
    let options: SharedOptions

    /// Runs a task in this process to its end and shows its progress.
    ///
    /// Canceling the surrounding Swift task cancels the task.
    func run<T: TaskDefinition>(_ task: T, onProgress: (@Sendable (ProgressReport) -> Void)? = nil) async throws -> T.Output {
        try await showingProgress { show in
            try await pulp.run(task) { report in
                show(report)
                onProgress?(report)
            }
        }
    }

    /// Shows the progress that a body reports.
    func showingProgress<Value>(_ body: (@escaping @Sendable (ProgressReport) -> Void) async throws -> Value) async rethrows -> Value {
        if options.quiet || options.json { return try await body { _ in } }
        let display = ProgressDisplay(terminal)
        defer { display.end() }
        return try await body { display.show($0) }
    }

    /// Everything that is wrong with the store.
    func violations(verify: Bool) async throws -> [Violation] {
        var check = pulp.integrityCheck
        check.verifiesChecksums = verify
        return try await check.violations()
    }

    /// Shows one thing: a line for each member, or JSON.
    func show(_ object: JSON.Object) {
        if options.quiet { return }
        if options.json { return terminal.print(JSON.object(object).indented) }
        for line in Table.lines(of: object, emphasize: terminal.bold) { terminal.print(line) }
    }

    /// Shows many things: a table, or a JSON array.
    /// - Parameter columns: the members that the table shows; JSON shows all.
    func list(_ objects: [JSON.Object], columns: [String]) {
        if options.quiet { return }
        if options.json { return terminal.print(JSON.array(objects.map { .object($0) }).indented) }
        guard !objects.isEmpty else { return }
        for line in Table(objects, columns: columns).lines(emphasize: terminal.bold) { terminal.print(line) }
    }

    /// Says in a sentence what was done; JSON says it in members.
    func report(_ sentence: String, _ object: JSON.Object) {
        if options.quiet { return }
        terminal.print(options.json ? JSON.object(object).indented : sentence)
    }

    /// Finds the PRN of a resource that an option refers to by name.
    func resolve(_ table: ResourceTable, _ name: String) async throws -> String {
        if name.hasPrefix("prn:") { return name }
        if table == .repositoryVersion { return try await version(name).id.prn }
        for kind in pulp.kinds where kind.resourceTable == table {
            if let prn = try await prn(of: name, kind) { return prn }
        }
        throw PulpError(.notFound, "there is no \(table.noun) \(name.debugDescription)")
    }

    /// The name of a resource that another refers to; its PRN when it has no name.
    func name(of prn: String) async throws -> String {
        let model = prn.split(separator: ":").dropFirst().first.map(String.init)
        guard let kind = pulp.kinds.first(where: { $0.model == model }) else { return prn }
        return try await name(of: prn, kind) ?? prn
    }

    /// What is in a file that an option names.
    func read(_ path: String) throws -> String {
        do { return try String(contentsOfFile: path, encoding: .utf8) } catch {
            throw PulpError(.invalid, "cannot read \(path): \((error as NSError).localizedDescription)")
        }
    }

    /// The elements of a JSON list that an option holds, or that is in a file which it names with `@`.
    func list(_ text: String, _ option: String, of elements: String) throws -> [JSON] {
        let source = text.hasPrefix("@") ? try read(String(text.dropFirst())) : text
        guard let list = try? JSON(parsing: source), case .array(let elements) = list else {  // The message says all.
            throw PulpError(.invalid, "\(option) expects a JSON list of \(elements)")
        }
        return elements
    }

    private func prn<R: Resource>(of name: String, _ kind: R.Type) async throws -> String? {
        guard Selection<R>.isNamed || name.hasPrefix("/") else { return nil }
        do { return try await pulp.named(name, kind).id.prn } catch let error as PulpError where error.code == .notFound { return nil }
    }

    private func name<R: Resource>(of prn: String, _ kind: R.Type) async throws -> String? {
        guard Selection<R>.isNamed else { return nil }
        let record = try await pulp.get(ID<R>(prn: prn))
        return R.schema.encode(record.value)["name"]?.stringValue
    }
}

extension Resource {
    static var resourceTable: ResourceTable { schema.table }
    static var model: String { schema.model }
}
