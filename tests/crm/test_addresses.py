import socket

import pytest
from django.core.exceptions import ValidationError

from crm.addresses import Refused, Target, check, is_public, look_up, parse
from crm.models import WebhookEndpoint

NOT_PUBLIC = {
    "this machine": ["127.0.0.1", "127.8.9.10", "::1", "0.0.0.0", "::"],  # noqa: S104
    "private networks": ["10.0.0.5", "172.16.0.1", "172.31.255.254", "192.168.1.1", "fc00::1", "fd12::1"],
    "the clouds' metadata": ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192"],
    "the clouds' hosts": ["168.63.129.16", "161.26.0.10", "166.9.1.2", "192.80.8.124", "fd20:ce::254"],
    "a cloud's host in IPv6": [
        "::ffff:168.63.129.16",
        "::168.63.129.16",
        "64:ff9b::168.63.129.16",
        "64:ff9b:1::168.63.129.16",
        "2002:a83f:8110::1",
        "2001:0:a83f:8110::1",
    ],
    "this link": ["169.254.1.1", "fe80::1", "fe80::1%lo", "fec0::1"],
    "providers' own": ["100.64.0.1", "100.127.255.254"],
    "multicast": ["224.0.0.1", "239.255.255.250", "ff02::1", "ff0e::1"],
    "broadcast, reserved": ["255.255.255.255", "240.0.0.1", "4000::1", "5f00::1", "100::1"],
    "protocols, tests": ["192.0.0.1", "192.0.0.9", "192.0.0.170", "192.88.99.1", "198.18.0.1", "2001:20::1"],
    "documentation": ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"],
    "IPv4 in IPv6": [
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.5",
        "::ffff:a9fe:a9fe",
        "::127.0.0.1",
        "::ffff:224.0.0.1",
    ],
    "NAT64": ["64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b::10.0.0.5", "64:ff9b:1::8.8.8.8"],
    "6to4, Teredo": ["2002:7f00:1::1", "2002:a00:5::1", "2002:808:808::1", "2001:0:808:808::f5ff:fffa"],
}
PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "172.32.0.1",
    "100.128.0.1",
    "168.63.129.15",
    "168.63.129.17",
    "166.7.255.255",
    "166.12.0.1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
]


@pytest.mark.parametrize("address", [address for kind in NOT_PUBLIC.values() for address in kind])
def test_an_address_that_not_anybody_could_have_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_other_addresses_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0x7f000001",
        "0177.0.0.1",
        "017700000001",
        "0",
        "2852039166",
        "0xA9FEA9FE",
        "168.63.33040",
        "0xA83F8110",
        "[64:ff9b::a83f:8110]",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[fe80::1]",
    ],
)
def test_no_way_to_write_a_private_address_is_accepted(host):
    with pytest.raises(Refused, match="not public"):
        check(f"http://{host}/")


@pytest.mark.parametrize(
    "url", ["https://example.com/a?b=c", "http://8.8.8.8", "http://[2606:4700::1111]:8080/"]
)
def test_names_and_public_addresses_are_accepted_without_asking_anybody(url, monkeypatch):
    real = socket.getaddrinfo

    def numbers_only(*args, flags=0, **kwargs):
        assert flags & socket.AI_NUMERICHOST
        return real(*args, flags=flags, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", numbers_only)
    check(url)


def test_private_addresses_are_accepted_where_settings_allow_them(settings):
    settings.CRM_WEBHOOK_ALLOW_PRIVATE = True
    check("http://127.0.0.1:8000/")
    assert look_up(parse("http://127.0.0.1:8000/")) == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("ftp://example.com/", "http:// or https://"),
        ("file:///etc/passwd", "http:// or https://"),
        ("//example.com/", "http:// or https://"),
        ("http://", "name a host"),
        ("http://:80/", "name a host"),
        ("http://./", "name a host"),
        ("http://user@example.com/", "user name, a password"),
        ("http://user:secret@example.com/", "user name, a password"),
        ("http://@example.com/", "user name, a password"),
        ("http://example.com/#part", "#fragment"),
        ("http://example.com:22/", "Port 22 is not for webhooks"),
        ("http://example.com:0/", "Port 0 is not for webhooks"),
        ("http://example.com:65536/", "cannot be read: Port out of range"),
        ("http://example.com:http/", "cannot be read: Port could not be cast"),
        ("http://[::1/", "cannot be read"),
        ("http://exa\tmple.com/", "spaces or letters"),
        ("http://example.com/a b", "spaces or letters"),
        ("http://example.com/\r\nx-injected: 1", "spaces or letters"),
        ("http://bücher.example/", "xn--"),
        ("", "spaces or letters"),
        ("http://a..b/", "cannot be the name of a host"),
        (f"http://{'a' * 64}.example/", "cannot be the name of a host"),
    ],
)
def test_a_url_that_nothing_can_be_sent_to_is_refused_with_a_reason(url, fault):
    with pytest.raises(Refused, match=fault):
        check(url)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://example.com", Target(True, "example.com", 443, "/")),
        ("http://Example.com./a/b?c=d&e", Target(False, "example.com", 80, "/a/b?c=d&e")),
        ("https://[2606:4700::1]:8443?x", Target(True, "2606:4700::1", 8443, "/?x")),
    ],
)
def test_a_url_is_taken_apart(url, target):
    assert parse(url) == target


def test_one_private_address_among_public_ones_is_enough_to_refuse_a_name(monkeypatch):
    answers = [(socket.AF_INET, 1, 6, "", (address, 80)) for address in ("8.8.8.8", "10.0.0.5")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: answers)
    with pytest.raises(Refused, match=r"^hooks\.example\.com leads to an address that is not public"):
        look_up(parse("http://hooks.example.com/"))


def test_a_form_says_what_is_wrong_with_a_url():
    with pytest.raises(ValidationError) as caught:
        WebhookEndpoint(url="http://10.0.0.5/hooks").full_clean(validate_constraints=False)
    assert caught.value.message_dict == {
        "url": ["10.0.0.5 leads to an address that is not public; name a public one."]
    }
    WebhookEndpoint(url="https://example.com/hooks").full_clean(validate_constraints=False)
