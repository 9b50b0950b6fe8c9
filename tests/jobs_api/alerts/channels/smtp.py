"""A mail server on 127.0.0.1: it speaks just enough SMTP, and misbehaves on demand."""

from __future__ import annotations

import socket
from collections.abc import Mapping

from tests.jobs_api.outgoing.peers import Behaviour, Peer

HELLO = b"220 mail.example.com ESMTP\r\n"
OK = b"250 OK\r\n"
REPLIES = {
    b"EHLO": b"250-mail.example.com\r\n250 8BITMIME\r\n",
    b"HELO": OK,
    b"MAIL": OK,
    b"RCPT": OK,
    b"DATA": b"354 Go on\r\n",
    b"RSET": OK,
    b"QUIT": b"221 Bye\r\n",
    b".": b"250 Queued\r\n",
}


def speaks(**changed: bytes) -> Behaviour:
    """Answers each command; `RCPT=b"550 ..."` changes the answer to one. `peer.requests` has the mails.

    `hello` is what it says first, and `end` what it says to a whole mail.
    """
    hello = changed.pop("hello", HELLO)
    given = {b"." if name == "end" else name.encode(): text for name, text in changed.items()}
    return speaks_from({**REPLIES, **given}, hello)


def speaks_from(replies: Mapping[bytes, bytes], hello: bytes = HELLO) -> Behaviour:
    """The same, with all replies."""

    def behave(peer: Peer, sock: socket.socket) -> None:
        sock.sendall(hello)
        lines = sock.makefile("rb")
        while line := lines.readline():
            verb = line[:4].strip().upper()
            reply = replies.get(verb, b"502 What?\r\n")
            sock.sendall(reply)
            if verb == b"QUIT":
                return
            if verb == b"DATA" and reply.startswith(b"354"):
                peer.requests.append(b"".join(iter(lines.readline, b".\r\n")))
                sock.sendall(replies[b"."])

    return behave


def hangs_up(peer: Peer, sock: socket.socket) -> None:
    """Closes in the middle of a mail."""
    sock.sendall(b"220 mail.example.com ESMTP\r\n")
    sock.recv(1000)


def drips(peer: Peer, sock: socket.socket) -> None:
    """A greeting without an end, byte by byte: each wait is short."""
    sock.sendall(b"220-")
    while not peer.closing.wait(0.02):
        sock.sendall(b"x\r\n220-")
