"""An nginx on loopback: the upstream that syncs read from, and the peer in serving."""

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
    server_tokens off;
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

LOCATION = """\
        location = /{path} {{
            etag off;
{headers}        }}
"""

# What nginx sends by itself, whatever it is told.
OWN = {"accept-ranges", "connection", "content-length", "content-type", "date", "last-modified", "server"}


class Nginx:
    """Serves a folder until the end of a `with`.

    `headers` has for paths what else is sent with them, as pairs: what another server sends, to send as much.
    """

    def __init__(self, root, state, headers=None):
        self.root, self.state, self.headers = root, state, headers or {}
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
                    locations="".join(_location(path, headers) for path, headers in self.headers.items())))
        self.process = subprocess.Popen(
            ["nginx", "-c", path, "-e", os.path.join(self.state, "error.log")], stdin=subprocess.DEVNULL)
        processes.wait_for(self.url, self.process)
        return self

    def __exit__(self, *_):
        processes.stop(self.process)


def _location(path, headers):
    lines = (f"            add_header {name} '{value}';\n" for name, value in headers if name.lower() not in OWN)
    return LOCATION.format(path=path, headers="".join(lines))
