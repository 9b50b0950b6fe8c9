from django.db import migrations, models

from jobs_api.database.migrating import BoundLocks


class Migration(migrations.Migration):
    """How late the triggers of a source come, and for which jobs. Code of before leaves these columns alone."""

    dependencies = [
        ("jobs_api", "0006_trigger_sources"),
    ]

    operations = [
        BoundLocks(),
        migrations.AddField(
            model_name="triggersource",
            name="jobs",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="triggersource",
            name="last_late",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="triggersource",
            name="usual_late",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="triggersource",
            name="worst_late",
            field=models.FloatField(blank=True, null=True),
        ),
    ]
