import Foundation
import PulpCore

/// What a run of the program sees of the world around it.
struct Invocation: Sendable {
    var terminal: Terminal
    var environment: [String: String]
    var keyboard = Keyboard.standard

    /// ArgumentParser makes the commands, so that nothing can be handed to them.
    @TaskLocal static var current = Invocation(
        terminal: .standard(environment: ProcessInfo.processInfo.environment), environment: ProcessInfo.processInfo.environment)
}
