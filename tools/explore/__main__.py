"""Go through every interleaving of our own transitions, and say what broke."""

from __future__ import annotations

import os
import sys

import django


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.test")
    django.setup()
    from tools.explore import small  # noqa
    from tools.explore.database import Store
    from tools.explore.hosts import installed
    from tools.explore.scenario import SCENARIOS
    from tools.explore.threads import Seats
    from tools.explore.telling import shown
    from tools.explore.search import Search
    import time
    t=time.time()
    store = Store()
    print("store", time.time()-t)
    for name in sys.argv[1:] or SCENARIOS:
        with installed():
            r = Search(SCENARIOS[name], store, Seats(store)).everything(seconds=60)
        f=r.failure; r.failure=None
        print(name, r)
        if f:
            print(f.rule, f.text, f.path)
            for n in f.notes: print("   ", f"{n[0]:12}", shown(n[1]))
    return 0


sys.exit(main())
