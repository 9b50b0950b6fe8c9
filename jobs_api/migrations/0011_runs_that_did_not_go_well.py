from django.db import migrations, models

from jobs_api.database.migrating import AddIndexConcurrently


class Migration(migrations.Migration):
    """An index for lists of what did not go well, of all jobs. A trigger that succeeds does not write to it."""

    atomic = False

    dependencies = [
        ("jobs_api", "0010_history"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="jobrun",
            index=models.Index(
                fields=["run_date"],
                name="jobs_api_not_well",
                condition=models.Q(("state", "succeeded"), _negated=True)
                & models.Q(("lease_expires_at", None)),
            ),
        ),
    ]
