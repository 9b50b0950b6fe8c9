"""From jobs_import crontab: read each comment, then delete it."""

# The times are those of the machine's zone. Without --timezone they are read
# in this project's TIME_ZONE.

from jobs_api import Job

jobs = [
    # 0 1 * * * bash -lc 'cd /srv/shop && source .venv/bin/activate && python manage.py one --n 1'
    # - Left out: bash -lc, cd /srv/shop, source .venv/bin/activate.
    # - No command 'one' is in this project: manage.py check will say so.
    Job("one", args=["--n", "1"], schedule="0 1 * * *"),
    # 0 2 * * * sudo -u shop -H /srv/shop/manage.py two
    # - Left out: sudo -u shop -H.
    # - No command 'two' is in this project: manage.py check will say so.
    Job("two", schedule="0 2 * * *"),
    # 0 3 * * * su - shop -c "/srv/shop/venv/bin/python /srv/shop/manage.py three 'with spaces'"
    # - Left out: su - shop -c.
    # - No command 'three' is in this project: manage.py check will say so.
    Job("three", args=["with spaces"], schedule="0 3 * * *"),
    # 0 4 * * * cd /srv/shop && poetry run python manage.py four
    # - Left out: cd /srv/shop, poetry run.
    # - No command 'four' is in this project: manage.py check will say so.
    Job("four", schedule="0 4 * * *"),
    # 0 5 * * * cd /srv/shop && /root/.local/bin/uv run --project /srv/shop --no-sync manage.py five
    # - Left out: cd /srv/shop, /root/.local/bin/uv run --project /srv/shop
    #   --no-sync.
    # - No command 'five' is in this project: manage.py check will say so.
    Job("five", schedule="0 5 * * *"),
    # 0 6 * * * heroku run -a shop-prod python manage.py six
    # - Left out: heroku run -a shop-prod.
    # - No command 'six' is in this project: manage.py check will say so.
    Job("six", schedule="0 6 * * *"),
    # 0 7 * * * /usr/bin/env DJANGO_SETTINGS_MODULE=shop.settings python3.11 /srv/shop/manage.py seven
    # - Left out: /usr/bin/env, DJANGO_SETTINGS_MODULE=shop.settings.
    # - No command 'seven' is in this project: manage.py check will say so.
    Job("seven", schedule="0 7 * * *"),
    # 0 8 * * * dokku --rm run shop python manage.py eight
    # - Left out: dokku --rm run shop.
    # - No command 'eight' is in this project: manage.py check will say so.
    Job("eight", schedule="0 8 * * *"),
    # 0 9 * * * nohup /srv/shop/manage_prod.py nine &
    # - Left out: &, nohup.
    # - No command 'nine' is in this project: manage.py check will say so.
    Job("nine", schedule="0 9 * * *"),
    # 0 10 * * * runuser -u shop -- pipenv run python manage.py ten
    # - Left out: runuser -u shop --, pipenv run.
    # - No command 'ten' is in this project: manage.py check will say so.
    Job("ten", schedule="0 10 * * *"),
    # 0 11 * * * cronitor exec Ab12Cd /srv/shop/manage.py eleven
    # - Left out: cronitor exec Ab12Cd.
    # - No command 'eleven' is in this project: manage.py check will say so.
    Job("eleven", schedule="0 11 * * *"),
]
