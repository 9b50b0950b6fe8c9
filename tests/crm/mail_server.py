"""A mail server on this machine, which keeps what it accepts and refuses what it is told to."""

from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread


class Session(StreamRequestHandler):
    """One connection."""

    def handle(self):
        self.server.connections += 1
        self.accepted = 0
        self.say("220 here")
        while line := self.rfile.readline().decode().strip():
            verb, _, rest = line.partition(" ")
            if getattr(self, verb.lower(), self.agree)(rest):
                return

    def say(self, answer):
        self.wfile.write(f"{answer}\r\n".encode())

    def agree(self, _):
        self.say("250 fine")

    def rcpt(self, rest):
        address = rest.partition("<")[2].partition(">")[0]
        self.say(f"550 no such user: {address}" if address in self.server.refused else "250 fine")

    def data(self, _):
        self.say("354 go on")
        lines = iter(self.rfile.readline, b".\r\n")
        self.server.mails.append(message_from_bytes(b"".join(lines).replace(b"\r\n", b"\n"), policy=default))
        self.agree(_)
        self.accepted += 1
        return self.accepted == self.server.mails_per_connection

    def quit(self, _):
        self.say("221 bye")
        return True


class MailServer(ThreadingTCPServer):
    """Refuses mail for the addresses in `refused`; hangs up after `mails_per_connection`."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Session)
        self.mails, self.refused = [], set()
        self.connections, self.mails_per_connection = 0, None

    @property
    def receivers(self):
        return [mail["To"] for mail in self.mails]


@contextmanager
def mail_server(settings):
    """A running one, which Django sends through meanwhile."""
    with MailServer() as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        send_through(settings, server.server_address[1])
        try:
            yield server
        finally:
            server.shutdown()


def send_through(settings, port):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
