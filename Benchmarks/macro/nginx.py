"""An nginx on loopback: the upstream that syncs read from, and the peer in serving."""

import hashlib
import os
import subprocess

import processes

MAIN = """\
{user}
worker_processes auto;
daemon off;
pid {state}/nginx.pid;
error_log {state}/error.log warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    open_file_cache max=200000 inactive=600s;
    open_file_cache_valid 600s;
    default_type application/octet-stream;
    client_body_temp_path {state}/body;
    proxy_temp_path {state}/proxy;
    fastcgi_temp_path {state}/fastcgi;
    uwsgi_temp_path {state}/uwsgi;
    scgi_temp_path {state}/scgi;
    server {{
        listen 127.0.0.1:{port};
        root {root};
{locations}    }}
}}
"""

# The headers that the content server sends with an artifact, so that both send as many bytes.
LOCATION = """\
        location = /{path} {{
            etag off;
            add_header ETag '"{digest}"';
            add_header X-PULP-ARTIFACT-SIZE {size};
        }}
"""


class Nginx:
    """Serves a folder until the end of a `with`."""

    def __init__(self, root, state, like_pulp=()):
        self.root, self.state, self.like_pulp = root, state, like_pulp
        self.port = processes.free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        os.makedirs(self.state, exist_ok=True)
        path = os.path.join(self.state, "nginx.conf")
        # As root its workers would be nobody, who may not read everything that root may.
        user = "user root;" if os.geteuid() == 0 else ""
        with open(path, "w") as configuration:
            configuration.write(
                MAIN.format(
                    user=user, state=self.state, port=self.port, root=self.root,
                    locations="".join(self._location(path) for path in self.like_pulp)))
        self.process = subprocess.Popen(
            ["nginx", "-c", path, "-e", os.path.join(self.state, "error.log")], stdin=subprocess.DEVNULL)
        processes.wait_for(self.url, self.process)
        return self

    def __exit__(self, *_):
        processes.stop(self.process)

    def _location(self, path):
        with open(os.path.join(self.root, path), "rb") as file:
            body = file.read()
        return LOCATION.format(path=path, digest=hashlib.sha256(body).hexdigest(), size=len(body))
