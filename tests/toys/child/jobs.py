"""The jobs that the parent has declared."""

import json
import os

from jobs_api import Job

jobs = [Job(**fields) for fields in json.loads(os.environ["TOY_JOBS"])]
