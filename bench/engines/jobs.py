"""One job for each executor, all with the same command."""

from jobs_api import Job

jobs = [
    Job("inline", command="mark"),
    Job("subprocess", command="mark", executor="subprocess"),
    Job("celery", command="mark", executor="celery"),
    Job("tasks", command="mark", executor="django_tasks", executor_options={"queue_name": "default"}),
    Job("tasks-quick", command="mark", executor="django_tasks", executor_options={"queue_name": "quick"}),
]
