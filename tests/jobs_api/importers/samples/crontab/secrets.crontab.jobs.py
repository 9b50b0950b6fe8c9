"""From jobs_import crontab: read each comment, then delete it."""

# The times are those of the machine's zone. Without --timezone they are read
# in this project's TIME_ZONE.

from jobs_api import Job

jobs = [
    # AWS_SECRET_ACCESS_KEY=***
    # - Set it for the server or worker, where a job runs.
    # SENTRY_DSN=***
    # - Set it for the server or worker, where a job runs.
    # 0 1 * * * /srv/shop/manage.py pull --password *** --user shop
    # - A value was left out, as it looks like a secret: --password. Let the
    #   command read it itself.
    # - No command 'pull' is in this project: manage.py check will say so.
    Job("pull", args=["--user", "shop"], schedule="0 1 * * *"),
    # 1 1 * * * /srv/shop/manage.py pull --db postgres://***@db/shop
    # - A value was left out, as it looks like a secret: --db
    #   postgres://***@db/shop. Let the command read it itself.
    # - 'pull' is the name of a job above.
    # - No command 'pull' is in this project: manage.py check will say so.
    Job("pull_2", command="pull", schedule="1 1 * * *"),
    # 2 1 * * * STRIPE_API_KEY='***' /srv/shop/manage.py pull --stripe
    # - Left out: STRIPE_API_KEY=***.
    # - 'pull' is the name of a job above.
    # - No command 'pull' is in this project: manage.py check will say so.
    Job("pull_3", command="pull", args=["--stripe"], schedule="2 1 * * *"),
    # 3 1 * * * /srv/shop/manage.py pull --header "Authorization: *** ***"
    # - A value was left out, as it looks like a secret: --header
    #   Authorization: *** ***. Let the command read it itself.
    # - 'pull' is the name of a job above.
    # - No command 'pull' is in this project: manage.py check will say so.
    Job("pull_4", command="pull", schedule="3 1 * * *"),
    # NOT CARRIED OVER: 'curl' is not a management command: write one that does
    # its work, or leave it there.
    # 4 1 * * * curl -u admin:*** https://example.com/hook
    # 5 1 * * * /srv/shop/manage.py pull --no-password --author Ann --sort-key id --token-file /etc/token
    # - 'pull' is the name of a job above.
    # - No command 'pull' is in this project: manage.py check will say so.
    Job(
        "pull_5",
        command="pull",
        args=[
            "--no-password",
            "--author",
            "Ann",
            "--sort-key",
            "id",
            "--token-file",
            "/etc/token",
        ],
        schedule="5 1 * * *",
    ),
    # NOT CARRIED OVER: 'sshpass' is not a management command: write one that
    # does its work, or leave it there.
    # 6 1 * * * sshpass -p *** ssh backup true
]
