import Foundation
import PulpControl

exit(await ControlProgram.main(Array(CommandLine.arguments.dropFirst())))
