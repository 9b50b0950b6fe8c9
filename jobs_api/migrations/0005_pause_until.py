from django.db import migrations, models

from jobs_api.database.migrating import BoundLocks


class Migration(migrations.Migration):
    """A pause may end by itself. Code of before takes such a pause for open until run-due closes its row."""

    dependencies = [
        ("jobs_api", "0004_executor_paths"),
    ]

    operations = [
        BoundLocks(),
        migrations.AddField(
            model_name="jobpause",
            name="until",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
