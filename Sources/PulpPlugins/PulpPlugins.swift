public import PulpCore
import PulpFile

extension [Plugin] {
    /// Every plugin that Pulp comes with.
    public static var all: [Plugin] { [.file] }
}
