"""One job for each way in which a command may treat the tenant."""

from jobs_api import Job

HOWS = ("inside", "left behind", "left behind alone", "by hand")
jobs = [
    *(Job(how.replace(" ", "-"), command="fill", options={"how": how}, schedule="@hourly") for how in HOWS),
    Job("renewed", command="fill", options={"how": "renewed", "until_renewed": True}, schedule="@hourly"),
    Job(
        "failing",
        command="fill",
        options={"how": "failing alone", "fail": True},
        schedule="@hourly",
        retry_backoff=0,
    ),
    Job("child", command="fill", options={"how": "child"}, schedule="@hourly", executor="subprocess"),
]
