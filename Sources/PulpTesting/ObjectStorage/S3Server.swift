internal import Foundation
internal import Glibc
internal import PulpCore
internal import Synchronization

/// A running S3 server of this process's own: moto's, an implementation of S3 for tests, in Python.
///
/// It waits for the end of its standard input, of which this process holds the other end. So the server ends when this process
/// ends, killed or not. It keeps everything in memory.
final class S3Server: Sendable {
    /// What it does with the signature of a request.
    enum Signatures: String, Sendable {
        /// It lets everybody in.
        case ignored
        /// It calculates each signature by itself, with botocore, and refuses requests whose own is another. URLs with a
        /// signature in their query are beyond it.
        case checked
    }

    /// What the server said when it had started.
    private struct Greeting: Decodable {
        let port: Int
        let accessKeyID: String
        let secretAccessKey: String
    }

    let endpoint: String
    let accessKeyID: String
    let secretAccessKey: String
    /// Commands go out and answers come in here.
    private let leash: Mutex<CInt>

    private init(_ greeting: Greeting, leash: CInt) {
        endpoint = "http://127.0.0.1:\(greeting.port)"
        (accessKeyID, secretAccessKey) = (greeting.accessKeyID, greeting.secretAccessKey)
        self.leash = Mutex(leash)
    }

    deinit { leash.withLock { _ = close($0) } }

    /// Starts a server and waits until it answers.
    static func start(_ signatures: Signatures) throws -> S3Server {
        let python = try python()
        var descriptors: [CInt] = [-1, -1]
        // Closed in every other child of this process, or the server would outlive us with it.
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0, &descriptors) == 0 else {
            throw PulpError(.systemState, "cannot make a pair of sockets: \(String(cString: strerror(errno)))")
        }
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = ["-c", script, signatures.rawValue]
        let theirs = FileHandle(fileDescriptor: descriptors[0], closeOnDealloc: true)
        (process.standardInput, process.standardOutput) = (theirs, theirs)
        process.standardError = FileHandle.nullDevice
        do {
            try process.run()
            return S3Server(try JSONDecoder().decode(Greeting.self, from: Data(try line(from: descriptors[1]).utf8)), leash: descriptors[1])
        } catch {
            close(descriptors[1])
            throw PulpError(.systemState, "the tests' S3 server (\(python)) does not start: \(error)")
        }
    }

    /// Makes an empty bucket.
    func createBucket(_ name: String) throws { try command("create \(name)") }

    /// Removes a bucket with all that it has.
    func deleteBucket(_ name: String) throws { try command("delete \(name)") }

    private func command(_ text: String) throws {
        try leash.withLock { leash in
            let bytes = Array("\(text)\n".utf8)
            guard write(leash, bytes, bytes.count) == bytes.count else {
                throw PulpError(.systemState, "the tests' S3 server is gone")
            }
            let answer = try Self.line(from: leash)
            guard answer == "done" else { throw PulpError(.systemState, "the tests' S3 server, told to \(text): \(answer)") }
        }
    }

    private static func line(from descriptor: CInt) throws -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            let count = read(descriptor, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { throw PulpError(.systemState, "the tests' S3 server ended") }
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
    }

    /// The interpreter that has the server: the project's own, else the one in the path.
    private static func python() throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let python = root.appending(path: ".build/python/bin/python").path
        guard FileManager.default.isExecutableFile(atPath: python) else {
            throw PulpError(.systemState, "there is no S3 server in \(root.path)/.build/python, and tests need it: make deps")
        }
        return python
    }

    private static let script = """
        import json, logging, os, sys
        checked = sys.argv[1] == "checked"
        # So many requests are let in before signatures are checked: those that make the user below.
        if checked: os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "3"
        os.environ["MOTO_S3_DEFAULT_KEY_BUFFER_SIZE"] = str(64 << 20)
        from moto.server import ThreadedMotoServer
        from moto.s3.models import s3_backends
        from werkzeug.serving import WSGIRequestHandler
        import boto3
        answers = os.fdopen(os.dup(1), "w")
        logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
        WSGIRequestHandler.protocol_version = "HTTP/1.1"
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        key = {"AccessKeyId": "AKIATEST", "SecretAccessKey": "secret"}
        if checked:
            iam = boto3.client("iam", endpoint_url=f"http://{host}:{port}", region_name="us-east-1",
                               aws_access_key_id="any", aws_secret_access_key="any")
            iam.create_user(UserName="pulp")
            iam.put_user_policy(UserName="pulp", PolicyName="all", PolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
            key = iam.create_access_key(UserName="pulp")["AccessKey"]
        def answer(text):
            answers.write(text + "\\n")
            answers.flush()
        answer(json.dumps({"port": port, "accessKeyID": key["AccessKeyId"], "secretAccessKey": key["SecretAccessKey"]}))
        store = s3_backends["123456789012"]["aws"]
        for line in sys.stdin:
            command, name = line.split()
            try:
                if command == "create":
                    store.create_bucket(name, "us-east-1")
                else:
                    bucket = store.buckets.pop(name)
                    for key in bucket.keys.values(): key.dispose()
                    for upload in bucket.multiparts.values(): upload.dispose()
                answer("done")
            except Exception as error:
                answer(f"{type(error).__name__}: {error}")
        os._exit(0)
        """
}
