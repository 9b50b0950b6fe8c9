"""Settings of the workers of `ExecutorConformance`: the host's own, on the database of the test.

`Engine.environment()` has the variables that lead here.
"""

import json
import os
from importlib import import_module

_given = json.loads(os.environ["JOBS_API_TESTING"])
_host = import_module(_given["settings"])
globals().update({name: getattr(_host, name) for name in dir(_host) if name.isupper()})

DATABASES = {
    alias: {**database, "NAME": _given["databases"].get(alias, database.get("NAME"))}
    for alias, database in _host.DATABASES.items()
}
INSTALLED_APPS = [*(app for app in _host.INSTALLED_APPS if app != "jobs_api.testing"), "jobs_api.testing"]
JOBS_API = {**getattr(_host, "JOBS_API", {}), **_given["jobs_api"]}
