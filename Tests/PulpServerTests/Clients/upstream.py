"""A repository of files on a free port of this machine, for the clients' scripts to synchronize from."""

import contextlib
import hashlib
import http.server
import threading


def digest(data):
    return hashlib.sha256(data).hexdigest()


def manifest(files):
    return "".join(f"{path},{digest(data)},{len(data)}\n" for path, data in files.items()).encode()


FILES = {f"d{number % 2}/f{number}.bin": f"file {number}\n".encode() * 20 for number in range(5)}


class Upstream:
    """Serves `FILES` below `/files/`, three of them below `/three/`, and lets requests below `/never/` wait until `release()`."""

    def __init__(self):
        self._released = threading.Event()
        self._waiting = threading.Semaphore(0)
        three = dict(list(FILES.items())[:3])
        self.answers = {"/files/PULP_MANIFEST": manifest(FILES), "/three/PULP_MANIFEST": manifest(three)}
        for folder, files in [("files", FILES), ("three", three)]:
            self.answers.update({f"/{folder}/{path}": data for path, data in files.items()})
        upstream = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path.startswith("/never/"):
                    upstream._waiting.release()
                    upstream._released.wait()
                body = upstream.answers.get(self.path)
                self.send_response(404 if body is None else 200)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                # Who canceled does not read it.
                with contextlib.suppress(OSError):
                    self.wfile.write(body or b"")

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def request_waits(self):
        """Returns when a request below `/never/` is there."""
        if not self._waiting.acquire(timeout=30):
            raise TimeoutError("nobody asked the upstream that never answers")

    def release(self):
        self._released.set()

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.release()
        self._server.shutdown()
        self._server.server_close()
