import Dispatch
import Foundation
import PulpControl

let work = Task { await ControlProgram.run(Array(CommandLine.arguments.dropFirst())) }

// The first signal lets the running task end as canceled; the second ends the process at once.
let signals = [SIGINT, SIGTERM].map { number in
    signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
    source.setEventHandler {
        signal(number, SIG_DFL)
        work.cancel()
    }
    source.resume()
    return source
}

let status = await work.value
withExtendedLifetime(signals) {}
exit(status)
