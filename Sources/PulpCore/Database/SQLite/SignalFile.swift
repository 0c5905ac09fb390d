// Its sources may be used from any thread, and do not say so.
@preconcurrency internal import Dispatch
internal import Glibc
internal import Synchronization

/// A file beside the database through which processes tell each other at once that something was committed.
///
/// Who announces writes its own name into the file; the others hear of it by inotify(7), and leave out what they wrote
/// themselves. Two that write at the same moment may overwrite each other: what is missed so is seen by the regular look at the
/// database.
final class SignalFile: Sendable {
    private enum Watch {
        case notBegun
        case watching(any DispatchSourceRead)
        case impossible
    }

    private let file: FileDescriptor
    private let name = UInt64.random(in: 1...UInt64.max)
    private let watch = Mutex(Watch.notBegun)

    /// Opens the file, and makes it when there is none.
    init(_ path: String) throws(PulpError) { file = try FileDescriptor(path, O_RDWR | O_CREAT) }

    deinit { watch.withLock { if case .watching(let source) = $0 { source.cancel() } } }

    /// Begins to listen, once.
    ///
    /// A user has a bounded number of watches, 128 mostly. Where there is none left, the regular look must do.
    /// - Parameter onSignal: called for announcements of other processes.
    func listen(onSignal: @escaping @Sendable () -> Void) {
        watch.withLock { watch in
            guard case .notBegun = watch else { return }
            let descriptor = inotify_init1(CInt(IN_NONBLOCK) | CInt(IN_CLOEXEC))
            guard descriptor >= 0, inotify_add_watch(descriptor, file.path, UInt32(IN_MODIFY)) >= 0 else {
                if descriptor >= 0 { close(descriptor) }
                watch = .impossible
                return
            }
            let (file, name) = (file, name)
            let source = DispatchSource.makeReadSource(fileDescriptor: descriptor)
            source.setEventHandler {
                var events = [UInt8](repeating: 0, count: 4096)
                while read(descriptor, &events, events.count) > 0 {}
                if Self.writer(of: file) != name { onSignal() }
            }
            source.setCancelHandler { close(descriptor) }
            source.activate()
            watch = .watching(source)
        }
    }

    /// Tells the others.
    func send() {
        // What cannot be told now, others see when they look.
        _ = withUnsafeBytes(of: name) { pwrite(file.number, $0.baseAddress, $0.count, 0) }
    }

    private static func writer(of file: FileDescriptor) -> UInt64 {
        var name: UInt64 = 0
        let count = withUnsafeMutableBytes(of: &name) { pread(file.number, $0.baseAddress, $0.count, 0) }
        return count == MemoryLayout<UInt64>.size ? name : 0
    }
}
