from django.db import migrations, models

from jobs_api.database.migrating import BoundLocks, WidenText


class Migration(migrations.Migration):
    """An executor may be a dotted path."""

    dependencies = [
        ("jobs_api", "0003_declarations_and_hosts"),
    ]

    operations = [
        BoundLocks(),
        WidenText("jobattempt", "executor", models.CharField(blank=True, default="", max_length=200)),
        WidenText("jobrun", "executor", models.CharField(blank=True, default="", max_length=200)),
    ]
