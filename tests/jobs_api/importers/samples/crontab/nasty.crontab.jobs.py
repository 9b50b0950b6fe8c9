"""From jobs_import crontab: read each comment, then delete it."""

# The times are those of the machine's zone. Without --timezone they are read
# in this project's TIME_ZONE.

from jobs_api import Job

jobs = [
    # -*- coding: utf-7 -*-
    # 0 1 * * * /srv/shop/manage.py say """), __import__("os").system("touch /tmp/pwned"), Job("x
    # - No command 'say' is in this project: manage.py check will say so.
    Job(
        "say",
        args=["), __import__(os).system(touch", "/tmp/pwned), Job(x"],
        schedule="0 1 * * *",
    ),
    # 1 1 * * * /srv/shop/manage.py say '); import os #' "it's" back\\slash "a\"b"
    # - 'say' is the name of a job above.
    # - No command 'say' is in this project: manage.py check will say so.
    Job(
        "say_2",
        command="say",
        args=["); import os #", "it's", "back\\slash", 'a"b'],
        schedule="1 1 * * *",
    ),
    # 2 1 * * * /srv/shop/manage.py say "Zoë ☃ 中文"
    # - 'say' is the name of a job above.
    # - No command 'say' is in this project: manage.py check will say so.
    Job("say_3", command="say", args=["Zoë ☃ 中文"], schedule="2 1 * * *"),
    # 3 1 * * * /srv/shop/manage.py say "\x1b[2J\x07 bell"
    # - 'say' is the name of a job above.
    # - No command 'say' is in this project: manage.py check will say so.
    Job(
        "say_4",
        command="say",
        args=["\x1b[2J\x07 bell"],
        schedule="3 1 * * *",
    ),
    # \x1b[31mred\x1b[0m and \u202e reversed
    # 4 1 * * * /srv/shop/manage.py "no such command\n"
    # - It was called 'no such command\\n'.
    # - No command 'no such command\\n' is in this project: manage.py check
    #   will say so.
    Job(
        "no_such_command_n",
        command="no such command\\n",
        schedule="4 1 * * *",
    ),
    # 5 1 * * * /srv/shop/manage.py ../../etc/passwd
    # - It was called '../../etc/passwd'.
    # - No command '../../etc/passwd' is in this project: manage.py check will
    #   say so.
    Job("etc_passwd", command="../../etc/passwd", schedule="5 1 * * *"),
    # NOT CARRIED OVER: It holds bytes that are not UTF-8.
    # 6 1 * * * /srv/shop/manage.py say \udcff\udcfe
    # 7 1 * * * /srv/shop/manage.py class
    # - No command 'class' is in this project: manage.py check will say so.
    Job("class", schedule="7 1 * * *"),
    # NOT CARRIED OVER: The value of ${HOME} is not in this file: let the
    # command read it from its environment.
    # 8 1 * * * /srv/shop/manage.py say {{x}} ${HOME} {a,b}
    # 9 1 * * * /srv/shop/manage.py say "\u2028import os"
    # - 'say' is the name of a job above.
    # - No command 'say' is in this project: manage.py check will say so.
    Job(
        "say_6",
        command="say",
        args=["\u2028import os"],
        schedule="9 1 * * *",
    ),
    # 10 1 * * * /srv/shop/manage.py say "a\x0cb\x0bc"
    # - 'say' is the name of a job above.
    # - No command 'say' is in this project: manage.py check will say so.
    Job("say_7", command="say", args=["a\x0cb\x0bc"], schedule="10 1 * * *"),
]
