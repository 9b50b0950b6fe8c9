"""Real processes that do one thing at the same moment, on the database of the test.

One interpreter loads Django and forks: ``together(9, "tests.module:function", "argument")`` calls
``function(number, "argument")`` in nine of its children.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import traceback
from collections.abc import Callable

from django.conf import settings

from tests.toys.child.start import environment


def together(number: int, function: str, *arguments: object) -> None:
    """Return when all have; fail with what they said if one of them has."""
    line = [sys.executable, "-m", __name__, str(number), function, *map(str, arguments)]
    done = subprocess.run(
        line,
        env=environment([]),
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def _main(number: int, function: str, *arguments: str) -> int:
    module, _, name = function.partition(":")
    act = getattr(importlib.import_module(module), name)
    waiting, go = os.pipe()
    children = [_child(act, each, arguments, waiting, go) for each in range(number)]
    os.close(waiting)
    os.close(go)  # now all read the end of the pipe
    ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    print(ends, file=sys.stderr)
    return 0 if not any(ends) else 1


def _child(act: Callable[..., None], each: int, arguments: tuple[str, ...], waiting: int, go: int) -> int:
    child = os.fork()
    if child:
        return child
    os.close(go)
    os.read(waiting, 1)
    try:
        act(each, *arguments)
    except BaseException:  # noqa: BLE001 - the parent is told
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    import django

    django.setup()
    sys.exit(_main(int(sys.argv[1]), *sys.argv[2:]))
