import Foundation
import PulpCore

/// Where a command reads what it asks for.
struct Keyboard: Sendable {
    /// Whether somebody sits there who can be asked.
    let isInteractive: Bool
    /// Reads a line that is not shown, after a prompt; nil at the end of the input.
    private let hidden: @Sendable (_ prompt: String) throws -> String?
    private let rest: @Sendable () throws -> String

    init(
        isInteractive: Bool, hidden: @escaping @Sendable (_ prompt: String) throws -> String?, rest: @escaping @Sendable () throws -> String
    ) {
        (self.isInteractive, self.hidden, self.rest) = (isInteractive, hidden, rest)
    }

    /// Standard input.
    static let standard = Keyboard(
        isInteractive: isatty(STDIN_FILENO) == 1, hidden: readHidden,
        rest: {
            guard let data = try FileHandle.standardInput.readToEnd() else { return "" }
            return String(decoding: data, as: UTF8.self)
        })

    /// A new password, asked for twice where somebody can be asked, or else the first line of the input.
    /// - Throws: ``PulpError`` with `invalid` when there is none, or the two differ.
    func newPassword(of name: String) throws -> String {
        guard isInteractive else { return try firstLine(of: rest(), "the input") }
        guard let first = try hidden("New password of \(name): "), !first.isEmpty else {
            throw PulpError(.invalid, "no password was given")
        }
        guard try hidden("The same again: ") == first else { throw PulpError(.invalid, "the two passwords differ") }
        return first
    }

    /// The password in a file, or in the input when that is named `-`: the first line.
    /// - Throws: ``PulpError`` with `invalid` when there is none.
    func password(inFile path: String, _ read: (String) throws -> String) throws -> String {
        path == "-" ? try firstLine(of: rest(), "the input") : try firstLine(of: read(path), path)
    }

    private func firstLine(of text: String, _ source: String) throws -> String {
        guard let line = text.split(whereSeparator: \.isNewline).first, text.first?.isNewline == false else {
            throw PulpError(.invalid, "there is no password in \(source)")
        }
        return String(line)
    }
}

/// Reads key by key, so that none is shown, and a terminal is never left in a state in which none would be.
@Sendable private func readHidden(_ prompt: String) throws -> String? {
    var usual = termios()
    guard tcgetattr(STDIN_FILENO, &usual) == 0 else { throw PulpError(.systemState, "the terminal cannot be used to read a password") }
    var quiet = usual
    quiet.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet)
    FileHandle.standardError.write(Data(prompt.utf8))
    defer {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &usual)
        FileHandle.standardError.write(Data("\n".utf8))
    }
    var line = HiddenLine()
    var byte: UInt8 = 0
    while true {
        try Task.checkCancellation()
        var wait = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard poll(&wait, 1, 200) > 0 else { continue }
        guard read(STDIN_FILENO, &byte, 1) == 1 else { return nil }
        switch line.take(byte) {
        case .more: continue
        case .done(let text): return text
        case .end: return nil
        case .canceled: throw CancellationError()
        }
    }
}
