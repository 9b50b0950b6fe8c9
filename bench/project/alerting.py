"""The measured project with channels of alerts that do anything but take a message."""

import os

from bench.project.settings import *  # noqa: F403
from bench.project.settings import JOBS_API as PLAIN

RECEIVER = f"http://127.0.0.1:{os.environ['BENCH_RECEIVER']}"
SECRET = "whsec_" + "YmVuY2ht" * 4  # of no value outside the measurements
CHANNELS = {
    name: {"TYPE": "webhook", "URL": f"{RECEIVER}/{name}", "SECRET": SECRET}
    for name in ("hangs", "drips", "fails", "redirects", "nonsense")
}
JOBS_API = {**PLAIN, "ALERTS": {"CHANNELS": CHANNELS}}
