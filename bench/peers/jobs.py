"""The measured jobs. The jobs in VOLUME share the many stored runs; run-due reads all of them."""

from jobs_api import Job

VOLUME = [f"volume_{number:02}" for number in range(20)]
"""The first is on demand, to be triggered for any instant; the others are daily, so that none is due."""

jobs = [
    Job("noop"),
    Job("asks"),
    *(
        Job(name, command="noop", schedule="0 0 * * *" if number else None)
        for number, name in enumerate(VOLUME)
    ),
]
