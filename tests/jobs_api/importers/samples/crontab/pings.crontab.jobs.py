"""From jobs_import crontab: read each comment, then delete it."""

# The times are those of the machine's zone. Without --timezone they are read
# in this project's TIME_ZONE.

from jobs_api import Job

jobs = [
    # 0 1 * * * /srv/shop/manage.py bill && curl -fsS -m 10 --retry 5 https://hc-ping.com/0c1d2e3f > /dev/null
    # - Left out: && curl -fsS -m 10 --retry 5 https://hc-ping.com/0c1d2e3f >
    #   /dev/null.
    # - Whether the job is missed is told by jobs_api (/api/health/jobs), so no
    #   ping was kept.
    # - No command 'bill' is in this project: manage.py check will say so.
    Job("bill", schedule="0 1 * * *"),
    # 0 2 * * * curl -fsS https://cronitor.link/p/abc/start; /srv/shop/manage.py report; curl -fsS https://cronitor.link/p/abc/complete
    # - Left out: curl -fsS https://cronitor.link/p/abc/start, ; curl -fsS
    #   https://cronitor.link/p/abc/complete.
    # - Whether the job is missed is told by jobs_api (/api/health/jobs), so no
    #   ping was kept.
    # - No command 'report' is in this project: manage.py check will say so.
    Job("report", schedule="0 2 * * *"),
    # 0 3 * * * /srv/shop/manage.py digest 2>&1 | logger -t digest
    # - Left out: | logger -t digest, 2>&1.
    # - No command 'digest' is in this project: manage.py check will say so.
    Job("digest", schedule="0 3 * * *"),
    # NOT CARRIED OVER: A % in a crontab begins the command's standard input:
    # pass it as an option.
    # 0 4 * * * /srv/shop/manage.py digest --late 2>&1 | ts '[%Y]' | tee -a /var/log/digest.log
    # 5 4 * * * /srv/shop/manage.py digest --late 2>&1 | tee -a /var/log/digest.log
    # - Left out: | tee -a /var/log/digest.log, 2>&1.
    # - 'digest' is the name of a job above.
    # - No command 'digest' is in this project: manage.py check will say so.
    Job("digest_2", command="digest", args=["--late"], schedule="5 4 * * *"),
    # 0 5 * * * /srv/shop/manage.py stock || echo "stock failed" | mail -s stock ops@example.com
    # - Left out: || echo "stock failed", | mail -s stock ops@example.com.
    # - No command 'stock' is in this project: manage.py check will say so.
    Job("stock", schedule="0 5 * * *"),
    # 0 6 * * * sleep 30; /srv/shop/manage.py late_start
    # - Left out: sleep 30.
    # - No command 'late_start' is in this project: manage.py check will say
    #   so.
    Job("late_start", schedule="0 6 * * *"),
    # NOT CARRIED OVER: It runs more than one command (&&). Write a management
    # command that runs both, so that they succeed or fail together.
    # 0 7 * * * /srv/shop/manage.py bill && curl -X POST https://api.example.com/billing/done
]
