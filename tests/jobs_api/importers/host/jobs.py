"""What all imports have printed, as one list."""

import dataclasses

from jobs_api import Job
from tests.jobs_api.importers.sampling import FOLDER, jobs_of

jobs: list[Job] = [
    dataclasses.replace(job, name=f"{number}-{job.name}"[:100])
    for number, path in enumerate(sorted(FOLDER.rglob("*.jobs.py")))
    for job in jobs_of(path.read_text())
]
