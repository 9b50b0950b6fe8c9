"""A real server on this machine that answers as a test says."""

from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


@dataclass
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict
    body: bytes


@dataclass
class Server:
    """Answers (status, headers, body); `answer` may be a function that gets the request and gives these."""

    url: str = ""
    answer: object = (200, {}, b"")
    asked: list[Asked] = field(default_factory=list)
    over: Event = field(default_factory=Event)

    def silence(self, _):
        """As `answer`: none comes as long as the server is there."""
        self.over.wait()
        return 503, {}, b""


@contextmanager
def serving():
    """A server on a free port for as long as the block lasts."""
    shared = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked = Asked(self.command, self.path, dict(self.headers), body)
            shared.asked.append(asked)
            status, headers, body = shared.answer(asked) if callable(shared.answer) else shared.answer
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(body))}).items():
                self.send_header(name, value)
            with suppress(ConnectionError):  # who asked may have given up
                self.end_headers()
                self.wfile.write(body)

        do_GET = do_POST

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        shared.url = f"http://127.0.0.1:{server.server_port}/"
        Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield shared
        shared.over.set()
        server.shutdown()
