"""From jobs_import github-actions: read each comment, then delete it."""

# Steps that fetch code and install packages are not needed: a job runs where
# the project runs.

from jobs_api import Job

jobs = [
    # 30 9 * * 1-5: build
    # cd shop
    # pip install -r requirements.txt
    # python manage.py report \
    #   --to board@example.com
    # - Left out: cd shop, pip install -r requirements.txt.
    # - No command 'report' is in this project: manage.py check will say so.
    Job(
        "report",
        args=["--to", "board@example.com"],
        schedule="30 9 * * 1-5",
        timezone="Europe/Berlin",
    ),
    # 0 0 1 * *: build
    # cd shop
    # pip install -r requirements.txt
    # python manage.py report \
    #   --to board@example.com
    # - Left out: cd shop, pip install -r requirements.txt.
    # - 'report' is the name of a job above.
    # - No command 'report' is in this project: manage.py check will say so.
    Job(
        "report_2",
        command="report",
        args=["--to", "board@example.com"],
        schedule="0 0 1 * *",
        timezone="UTC",
    ),
]
