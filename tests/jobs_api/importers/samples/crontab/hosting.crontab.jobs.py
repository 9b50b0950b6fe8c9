"""From jobs_import crontab: read each comment, then delete it."""

# The times are those of the machine's zone. Without --timezone they are read
# in this project's TIME_ZONE.

from jobs_api import Job

jobs = [
    # 0,30	*	*	*	*	/usr/local/bin/python3.9 /home/shop/app/manage.py import_mail >/dev/null 2>&1
    # - Left out: >/dev/null, 2>&1.
    # - No command 'import_mail' is in this project: manage.py check will say
    #   so.
    Job("import_mail", schedule="0,30 * * * *"),
    # 0 3 * * * PYTHONPATH=/home/shop/lib /home/shop/bin/python3 ~/shop/manage.py nightly > "/home/shop/logs/nightly log.txt" 2>>/home/shop/logs/err
    # - Left out: > "/home/shop/logs/nightly log.txt", 2>>/home/shop/logs/err,
    #   PYTHONPATH=/home/shop/lib.
    # - No command 'nightly' is in this project: manage.py check will say so.
    Job("nightly", schedule="0 3 * * *"),
    # 10 * * * * /home/shop/virtualenv/shop/3.9/bin/python /home/shop/shop/manage.py process_tasks --duration 3500 >>/dev/null 2>&1
    # - Left out: >>/dev/null, 2>&1.
    # - No command 'process_tasks' is in this project: manage.py check will say
    #   so.
    Job("process_tasks", args=["--duration", "3500"], schedule="10 * * * *"),
    # 20 4 * * 0-6 cd ~/shop && python manage.py cleanup
    # - Left out: cd ~/shop.
    # - No command 'cleanup' is in this project: manage.py check will say so.
    Job("cleanup", schedule="20 4 * * 0-6"),
]
