"""From jobs_import crontab: read each comment, then delete it."""

# The times are those of the machine's zone. Without --timezone they are read
# in this project's TIME_ZONE.

from jobs_api import Job

jobs = [
    # * 4 * * * /srv/shop/manage.py every_minute_of_an_hour
    # - It runs 60 times a day, in each minute of the hour 4. Once would be "0
    #   4 ...".
    # - No command 'every_minute_of_an_hour' is in this project: manage.py
    #   check will say so.
    Job("every_minute_of_an_hour", schedule="* 4 * * *"),
    # */23 * * * * /srv/shop/manage.py uneven
    # - */23 is uneven: it begins again at each full hour, after a shorter gap.
    # - No command 'uneven' is in this project: manage.py check will say so.
    Job("uneven", schedule="*/23 * * * *"),
    # 0 */5 * * * /srv/shop/manage.py uneven_hours
    # - */5 is uneven: it begins again at each full day, after a shorter gap.
    # - No command 'uneven_hours' is in this project: manage.py check will say
    #   so.
    Job("uneven_hours", schedule="0 */5 * * *"),
    # */60 * * * * /srv/shop/manage.py once_an_hour
    # - "*/60 * * * *" has a step beyond its range: cron takes the first value
    #   only.
    # - No command 'once_an_hour' is in this project: manage.py check will say
    #   so.
    Job("once_an_hour", schedule="0 * * * *"),
    # 0 */24 * * * /srv/shop/manage.py once_a_day
    # - "0 */24 * * *" has a step beyond its range: cron takes the first value
    #   only.
    # - No command 'once_a_day' is in this project: manage.py check will say
    #   so.
    Job("once_a_day", schedule="0 0 * * *"),
    # 0 0 1,15 * 1 /srv/shop/manage.py either_day
    # - It runs on the days of the month and also on the weekdays: cron joins
    #   the two fields by OR.
    # - No command 'either_day' is in this project: manage.py check will say
    #   so.
    Job("either_day", schedule="0 0 1,15 * 1"),
    # 0 0 */2 * 1 /srv/shop/manage.py both_days
    # - No command 'both_days' is in this project: manage.py check will say so.
    Job("both_days", schedule="0 0 */2 * 1"),
    # 0 9-17/2 * jan-mar,DEC mon-fri /srv/shop/manage.py names
    # - No command 'names' is in this project: manage.py check will say so.
    Job("names", schedule="0 9-17/2 * jan-mar,DEC mon-fri"),
    # 0 0 * * 7 /srv/shop/manage.py sunday
    # - No command 'sunday' is in this project: manage.py check will say so.
    Job("sunday", schedule="0 0 * * 7"),
    # 05 08 * * * /srv/shop/manage.py leading_zeros
    # - No command 'leading_zeros' is in this project: manage.py check will say
    #   so.
    Job("leading_zeros", schedule="05 08 * * *"),
    # @hourly /srv/shop/manage.py hourly
    # - No command 'hourly' is in this project: manage.py check will say so.
    Job("hourly", schedule="@hourly"),
    # @weekly /srv/shop/manage.py weekly
    # - No command 'weekly' is in this project: manage.py check will say so.
    Job("weekly", schedule="@weekly"),
    # @annually /srv/shop/manage.py yearly
    # - No command 'yearly' is in this project: manage.py check will say so.
    Job("yearly", schedule="@annually"),
    # NOT CARRIED OVER: Schedule "@every_minute" is not a repeating time. Write
    # @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually or five
    # fields.
    # @every_minute /srv/shop/manage.py freebsd
    # NOT CARRIED OVER: Schedule "0 22-4 * * *" has "22-4" as hour, which is
    # not valid. A range cannot run over the end: write "22-23,0-4".
    # 0 22-4 * * * /srv/shop/manage.py over_midnight
    # * * 1 * * /srv/shop/manage.py all_day
    # - It runs in each minute of these days.
    # - No command 'all_day' is in this project: manage.py check will say so.
    Job("all_day", schedule="* * 1 * *"),
]
