"""The jobs that the parent has declared."""

import json
import os
from pkgutil import resolve_name

from jobs_api import Job

jobs = [
    Job(**{**fields, "params": fields["params"] and resolve_name(fields["params"])})
    for fields in json.loads(os.environ["TOY_JOBS"])
]
