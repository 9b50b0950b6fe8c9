"""What a process looks like in which a server has replaced the threads, or has none."""

from __future__ import annotations

import _thread
import sys
from types import ModuleType


def gevent(monkeypatch, patched=("threading",)):
    """As gevent leaves a process; returns what happens to the event loops of real threads."""
    loops = []
    hub = fake("gevent.hub", destroy=lambda destroy_loop: loops.append(_thread.get_ident()))
    monkey = fake(
        "gevent.monkey",
        is_module_patched=lambda name: name in patched,
        get_original=lambda module, name: getattr(sys.modules[module], name),
    )
    for module in (fake("gevent", get_hub=lambda: hub), monkey):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return loops


def eventlet(monkeypatch, patched=("thread",)):
    """As eventlet leaves a process."""
    patcher = fake("eventlet.patcher", is_monkey_patched=lambda name: name in patched)
    monkeypatch.setitem(sys.modules, "eventlet.patcher", patcher)


def uwsgi(monkeypatch, **named):
    """As uWSGI's own module tells of itself."""
    monkeypatch.setitem(sys.modules, "uwsgi", fake("uwsgi", **named))


def fake(name, **named):
    """A module."""
    module = ModuleType(name)
    vars(module).update(named)
    return module
