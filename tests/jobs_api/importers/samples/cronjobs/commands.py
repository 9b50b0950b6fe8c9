EVERYDAY_4AM = "* 4 * * *"


def command(schedule, name, *args, **options):
    """As projects compute them."""
    return (schedule, "django.core.management.call_command", [name, *args], options, ">> /var/log/cron.log")


CRONJOBS = [
    command(EVERYDAY_4AM, "clearsessions"),
    command("0 5 * * *", "dumpdata", "shop", indent=2),
    command("*/23 * * * *", "clearsessions"),
]
