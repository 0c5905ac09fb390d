"""What the clients' scripts have in common: where the server is, and a list of what was looked at and what was wrong."""

import argparse
import contextlib
import dataclasses
import sys
import traceback


@dataclasses.dataclass(frozen=True)
class Server:
    base_url: str
    content_url: str
    username: str
    password: str

    @property
    def api(self):
        return self.base_url + "/pulp/api/v3/"

    @property
    def credentials(self):
        return (self.username, self.password)


def arguments(description, **more):
    """Where the server is, from the command line; `more` names options besides, with their defaults."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--base-url", required=True, help="of the API: http://127.0.0.1:24817")
    parser.add_argument("--content-url", required=True, help="of the content server: http://127.0.0.1:24816")
    parser.add_argument("--username", default="admin")
    parser.add_argument("--password", default="password")
    for name, default in more.items():
        parser.add_argument("--" + name.replace("_", "-"), default=default)
    options = parser.parse_args()
    server = Server(options.base_url.rstrip("/"), options.content_url.rstrip("/"), options.username, options.password)
    return server, options


class Wrong(Exception):
    """Something is not as it should be; the text says what."""


def expect(condition, text):
    if not condition:
        raise Wrong(text)


class Checks:
    """Runs one check after the other, and remembers those that failed."""

    def __init__(self, name):
        self.name = name
        self.count = 0
        self.failures = []

    @contextlib.contextmanager
    def __call__(self, title):
        self.count += 1
        try:
            yield
        except Wrong as error:
            self.failures.append((title, str(error)))
        except Exception as error:
            # The innermost line of the script itself says which call it was.
            frames = traceback.extract_tb(error.__traceback__)
            own = [frame for frame in frames if frame.filename.startswith(sys.path[0])] or frames
            place = f"line {own[-1].lineno}: {own[-1].line}"
            self.failures.append((title, f"{type(error).__name__}: {error}\n{place}"))

    def fail(self, title, text):
        self.count += 1
        self.failures.append((title, text))

    def finish(self):
        """Prints what was wrong and ends the script: with 1 if anything was."""
        for title, text in self.failures:
            print(f"WRONG {title}")
            for line in text.rstrip().splitlines():
                print(f"      {line}")
        print(f"{self.name}: {self.count} checks, {len(self.failures)} failed")
        sys.exit(1 if self.failures else 0)
