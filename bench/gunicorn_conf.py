"""gunicorn as the reference project runs it, but without an access log; it ends with its parent."""

import os
import runpy
import signal
import sys
import threading
from pathlib import Path
from typing import Any

_deployed = runpy.run_path(str(Path(__file__).resolve().parent.parent / "gunicorn.conf.py"))
globals().update({name: value for name, value in _deployed.items() if not name.startswith("_")})
accesslog = None
loglevel = "warning"


def on_starting(server: Any) -> None:
    """End when standard input closes, as it does even if the measuring process is killed."""

    def watch() -> None:
        sys.stdin.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
