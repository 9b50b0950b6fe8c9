"""From jobs_import crontab: read each comment, then delete it."""

# The times are those of the machine's zone. Without --timezone they are read
# in this project's TIME_ZONE.

from jobs_api import Job

jobs = [
    # NOT CARRIED OVER: It runs more than one command (&&). Write a management
    # command that runs both, so that they succeed or fail together.
    # 15 4 * * * cd /srv/shop && ./manage.py import_orders && ./manage.py mail_orders
    # NOT CARRIED OVER: @reboot is not a time: start it with the server, or let
    # run-due catch up what was missed.
    # @reboot /srv/shop/venv/bin/celery -A shop worker
    # NOT CARRIED OVER: 'mysqldump' is not a management command: write one that
    # does its work, or leave it there.
    # 0 1 * * * mysqldump -u root -p*** shop | gzip > /backup/shop-$(date +\%F).sql.gz
    # NOT CARRIED OVER: A % in a crontab begins the command's standard input:
    # pass it as an option.
    # 0 2 * * * /srv/shop/manage.py mail%Subject: night%%Hello
    # NOT CARRIED OVER: The shell computes $(date -d yesterday +%F) at each
    # run: let the command compute it, for example from current_run().run_date.
    # 0 3 * * * /srv/shop/manage.py export --day $(date -d yesterday +\%F)
    # NOT CARRIED OVER: The shell computes `date +%F` at each run: let the
    # command compute it, for example from current_run().run_date.
    # 0 3 * * * /srv/shop/manage.py export --day `date +\%F`
    # NOT CARRIED OVER: It is a program of the shell: move it into a management
    # command.
    # 0 4 * * * for s in a b; do /srv/shop/manage.py sync $s; done
    # NOT CARRIED OVER: 'nightly.sh' is not a management command: write one
    # that does its work, or leave it there.
    # 0 5 * * * /srv/shop/bin/nightly.sh
    # NOT CARRIED OVER: It pipes its output into another program: let a
    # management command do both.
    # 0 6 * * * /srv/shop/manage.py dumpdata | ssh backup "cat > dump.json"
    # NOT CARRIED OVER: It reads a file as its standard input: pass its name as
    # an option.
    # 0 7 * * * /srv/shop/manage.py loaddata < /srv/in.json
    # NOT CARRIED OVER: It runs only if [ "$(date +%d)" -le 07 ]: say it by the
    # schedule (MON#1 is the first Monday, L the last day of the month), or let
    # the command look.
    # 0 8 * * * [ "$(date +\%d)" -le 07 ] && /srv/shop/manage.py first_monday
    # NOT CARRIED OVER: It runs a program of its own: make a management command
    # of it.
    # 0 9 * * * /srv/shop/venv/bin/python -c "import shop; shop.tidy()"
    # NOT CARRIED OVER: It runs the module 'shop.tidy', not a management
    # command.
    # 0 10 * * * /srv/shop/venv/bin/python -m shop.tidy
    # NOT CARRIED OVER: The shell expands /srv/media/*.png: let the command
    # find the files.
    # 0 11 * * * /srv/shop/manage.py compress /srv/media/*.png
    # NOT CARRIED OVER: It runs more than one command (||). Write a management
    # command that runs both, so that they succeed or fail together.
    # 0 12 * * * pgrep worker || /srv/shop/manage.py start_worker
    # NOT CARRIED OVER: A quotation in it does not end.
    # 0 13 * * * /srv/shop/manage.py say "no end
    # NOT CARRIED OVER: It is a program of the shell: move it into a management
    # command.
    # 0 14 * * * if [ -f /tmp/flag ]; then /srv/shop/manage.py flagged; fi
    # NOT CARRIED OVER: Schedule "99 3 * * *" has "99" as minute, which is not
    # valid. Use 0 to 59, or lists, ranges and steps of them.
    # 99 3 * * * /srv/shop/manage.py never
    # NOT CARRIED OVER: Schedule "0 3 31 2 *" never matches a date. Look at its
    # day and its month together.
    # 0 3 31 2 * /srv/shop/manage.py never_too
    # NOT CARRIED OVER: Schedule "this is no line at" has "this" as minute,
    # which is not valid. Use 0 to 59, or lists, ranges and steps of them.
    # this is no line at all
    # NOT CARRIED OVER: It is not a line of a crontab.
    # * * * *
    # NOT CARRIED OVER: It names no management command.
    # 0 15 * * * /srv/shop/manage.py
]
