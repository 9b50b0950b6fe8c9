"""A certificate of "localhost" with its key: signed by itself, for a hundred years, of no other value."""

from __future__ import annotations

import ssl
from pathlib import Path

KEY = (
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgeU6gJxmfKiaw1h0c"
    "kE2h27Ifkvb76DhmDWVuiWJvHEChRANCAARoFwLoNOYWi8BhUhMTEkMp5wvab28t"
    "1BmdeysCkL0tMs0SrGakKVF7qKAuVUExvF2nmpHhkQQIAdWV+OHwiQ6n"
)
CERTIFICATE = (
    "MIIBljCCATugAwIBAgIUUNgGr+xZ1MxBKLmzvtTNpL7B5dgwCgYIKoZIzj0EAwIw"
    "FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNzAyMzg0MVoYDzIxMjYxMTAz"
    "MDIzODQxWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO"
    "PQMBBwNCAARoFwLoNOYWi8BhUhMTEkMp5wvab28t1BmdeysCkL0tMs0SrGakKVF7"
    "qKAuVUExvF2nmpHhkQQIAdWV+OHwiQ6no2kwZzAdBgNVHQ4EFgQUglmNOgq9XHh6"
    "IVS7ao4Or7OXY6MwHwYDVR0jBBgwFoAUglmNOgq9XHh6IVS7ao4Or7OXY6MwFAYD"
    "VR0RBA0wC4IJbG9jYWxob3N0MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwID"
    "SQAwRgIhAJdTn3DTUF70/DK8be01zBI9ZYkm627zK1z5eMn6O9apAiEA7g0tzCXu"
    "w37UNk/XEh6NNDXSHkqc9tMVHAfDHy200rs="
)


def write(folder: Path) -> Path:
    """Both in one file, as Python and OpenSSL read them."""
    path = folder / "localhost.pem"
    path.write_text(_block("PRIVATE KEY", KEY) + _block("CERTIFICATE", CERTIFICATE))
    return path


def _block(label: str, content: str) -> str:
    return f"-----BEGIN {label}-----\n{content}\n-----END {label}-----\n"


def server(path: Path) -> ssl.SSLContext:
    """For a server that shows it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
