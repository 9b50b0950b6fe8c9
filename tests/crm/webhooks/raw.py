"""Answers byte by byte, for what no proper server would send."""

import time


def read(connection):
    """The request, or the greeting of TLS: closing before all is read would reset the connection."""
    request = connection.recv(65536)
    while request.startswith(b"POST") and not request.endswith(b"}}"):
        request += connection.recv(65536)
    return request


def writing(*parts, every=0.0):
    """Write these parts, one after the other, each after so many seconds."""

    def write(connection):
        for part in parts:
            time.sleep(every)
            connection.sendall(part)

    return write


def writing_and_waiting(part=b""):
    """Write this, and nothing more until the sender hangs up."""

    def write(connection):
        connection.sendall(part)
        connection.recv(1)

    return write
