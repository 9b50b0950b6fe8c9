"""A real receiver of webhooks on a port of this machine, as a customer would write one."""

import socket
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from standardwebhooks import Webhook, WebhookVerificationError

from crm.models import WebhookEndpoint


class Message:
    """What came, and was signed with a secret that the receiver knows."""

    def __init__(self, path, headers, body, payload):
        self.path, self.headers, self.body, self.payload = path, headers, body, payload
        self.id = headers["webhook-id"]


class Receiver:
    """Takes what is signed right; gives `answers` in turn, then `otherwise`.

    An answer is a status, or a function of the handler that writes what it likes.
    """

    def __init__(self, url):
        self.url, self.otherwise, self.answers = url, 204, []
        self.secrets, self.messages, self.refused = [], [], []

    def endpoint(self, path="/hooks", **fields):
        """One that leads here, and whose secret is known here."""
        made = WebhookEndpoint.objects.create(url=self.url + path, **fields)
        self.secrets.append(made.secret)
        return made

    def take(self, handler):
        headers = {name.lower(): value for name, value in handler.headers.items()}
        body = handler.rfile.read(int(headers["content-length"]))
        message = self.verified(handler.path, headers, body)
        if not message:
            self.refused.append((handler.path, headers))
            return answer(handler, 401)
        self.messages.append(message)
        return answer(handler, self.answers.pop(0) if self.answers else self.otherwise)

    def verified(self, path, headers, body):
        for secret in self.secrets:
            try:
                return Message(path, headers, body, Webhook(secret).verify(body, headers))
            except WebhookVerificationError:
                pass
        return None


def answer(handler, what):
    if callable(what):
        return what(handler)
    handler.send_response(what)
    handler.send_header("content-length", "0")
    return handler.end_headers()


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address, handler):
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, handler)

    def handle_error(self, request, client_address):
        """Senders may hang up at any time."""


@contextmanager
def receiving(address="127.0.0.1", port=0, *, tls=None):
    """A receiver that listens; `tls` is the server's SSLContext, if it has one."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 30

        def do_POST(self):
            receiver.take(self)

        def log_message(self, *args):
            pass

    with Server((address, port), Handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        host = f"[{address}]" if ":" in address else address
        receiver = Receiver(f"http{'s' if tls else ''}://{host}:{server.server_port}")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
