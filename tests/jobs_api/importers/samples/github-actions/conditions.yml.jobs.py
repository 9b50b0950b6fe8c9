"""From jobs_import github-actions: read each comment, then delete it."""

# Steps that fetch code and install packages are not needed: a job runs where
# the project runs.

from jobs_api import Job

jobs = [
    # */15 * * * *: poll
    # python manage.py poll
    # - No command 'poll' is in this project: manage.py check will say so.
    Job("poll", schedule="*/15 * * * *", timezone="UTC"),
    # 0 4 * * *: nightly
    # poetry run python manage.py nightly --all
    # - Left out: poetry run.
    # - cancel-in-progress ended the old run; here the new slot is skipped.
    # - No command 'nightly' is in this project: manage.py check will say so.
    Job(
        "nightly",
        args=["--all"],
        schedule="0 4 * * *",
        timezone="UTC",
        overlap="skip",
    ),
    # */15 * * * *: only-ours
    # ./manage.py mirror
    # - Its condition is not carried over: github.repository_owner == 'shop'.
    # - No command 'mirror' is in this project: manage.py check will say so.
    Job(
        "only-ours",
        command="mirror",
        schedule="*/15 * * * *",
        timezone="UTC",
    ),
    # 0 4 * * *: only-ours
    # ./manage.py mirror
    # - Its condition is not carried over: github.repository_owner == 'shop'.
    # - 'only-ours' is the name of a job above.
    # - No command 'mirror' is in this project: manage.py check will say so.
    Job("only-ours_2", command="mirror", schedule="0 4 * * *", timezone="UTC"),
]
