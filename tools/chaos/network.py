"""A host in its own network, whose route can be cut: a network namespace and a pair of interfaces.

A cut route swallows packets in both directions and tells nobody, as a broken switch does: each side
believes that the other has an address which it has not. Connections that were open may go on afterwards.
"""

from __future__ import annotations

import random
import secrets
import subprocess
from contextlib import suppress

NOBODYS = "02:00:00:00:00:01"
"""A hardware address that does not exist."""


class Network:
    """One namespace; `outside` is this machine as the host sees it, `inside` the host."""

    def __init__(self) -> None:
        third, fourth = random.randrange(256), random.randrange(0, 256, 4)
        self.outside, self.inside = f"10.231.{third}.{fourth + 1}", f"10.231.{third}.{fourth + 2}"
        self.range = f"10.231.{third}.{fourth}/30"
        mark = secrets.token_hex(4)
        self.name = f"jobs-api-chaos-{mark}"
        self._ours, self._its = f"jc-{mark}-o", f"jc-{mark}-i"
        self.is_cut = False

    def make(self) -> None:
        """Create it.

        Raises:
            OSError, subprocess.CalledProcessError: there is no iproute2, or it is not allowed here.
        """
        _ip("netns", "add", self.name)
        _ip("link", "add", self._ours, "type", "veth", "peer", "name", self._its)
        _ip("link", "set", self._its, "netns", self.name)
        _ip("addr", "add", f"{self.outside}/30", "dev", self._ours)
        _ip("link", "set", self._ours, "up")
        for words in (
            ["addr", "add", f"{self.inside}/30", "dev", self._its],
            ["link", "set", self._its, "up"],
        ):
            _ip("-n", self.name, *words)
        _ip("-n", self.name, "link", "set", "lo", "up")

    def within(self, command: list[str]) -> list[str]:
        """The command line that runs a command inside."""
        return ["ip", "netns", "exec", self.name, *command]

    def cut(self) -> None:
        """Block all traffic."""
        self.is_cut = True
        _ip("-n", self.name, "neigh", "replace", *self._neighbour(self.outside, self._its))
        _ip("neigh", "replace", *self._neighbour(self.inside, self._ours))

    def restore(self) -> None:
        """Allow all traffic again."""
        self.is_cut = False
        _ip("-n", self.name, "neigh", "del", self.outside, "dev", self._its)
        _ip("neigh", "del", self.inside, "dev", self._ours)

    def _neighbour(self, address: str, interface: str) -> list[str]:
        return [address, "lladdr", NOBODYS, "dev", interface, "nud", "permanent"]


def made() -> Network | None:
    """A network; None if this machine cannot create one."""
    network = Network()
    try:
        network.make()
    except (OSError, subprocess.CalledProcessError):
        remove(network.name)
        return None
    return network


def remove(name: str) -> None:
    """Remove a namespace and its interfaces, if it exists."""
    with suppress(OSError, subprocess.CalledProcessError):
        _ip("netns", "del", name)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
