"""The process that fills the folder of the seeded project."""

from __future__ import annotations

import argparse
from datetime import timedelta

import django
from django.core.management import call_command


def main() -> None:
    """Migrate, fill, and collect the static files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frozen", action="store_true", help="for a server whose time stands still")
    frozen = parser.parse_args().frozen
    django.setup()
    from tools.seed import clock, world

    call_command("migrate", verbosity=0)
    world.fill(clock.now(), lease=timedelta(seconds=27) if frozen else timedelta(days=1))
    call_command("collectstatic", verbosity=0, interactive=False)


if __name__ == "__main__":
    main()
