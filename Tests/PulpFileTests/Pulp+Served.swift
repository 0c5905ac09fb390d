import NIOCore
import PulpCore

extension Pulp {
    /// What a client gets at a path, as text; nil when it gets no file.
    func served(_ path: String) async throws -> String? {
        switch try await serving.answer(ContentRequest(path: path)) {
        case .artifact(let artifact):
            return String(buffer: try await store.bytes(of: artifact.sha256, limit: artifact.size))
        case .bytes(let bytes, _, _):
            return String(buffer: bytes)
        case .arriving(let arriving):
            defer { arriving.leave() }
            var whole = ByteBuffer()
            while true {
                let part = try await arriving.read(from: Int64(whole.readableBytes), limit: 1 << 16)
                if part.readableBytes == 0 { return String(buffer: whole) }
                whole.writeImmutableBuffer(part)
            }
        case .redirect, .forbidden, .notFound, .unavailable:
            return nil
        }
    }

    /// What is wrong with the store.
    func violations() async throws -> [Violation] { try await integrityCheck.violations() }
}
