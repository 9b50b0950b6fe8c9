from django.db import migrations, models

from jobs_api.database.migrating import BoundLocks


class Migration(migrations.Migration):
    """Tables for what was. Code of before uses none of them."""

    dependencies = [
        ("jobs_api", "0009_append_only_audit"),
    ]

    operations = [
        BoundLocks(),
        migrations.CreateModel(
            name="HistoryMark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=30, unique=True)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="JobHistory",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("job_name", models.CharField(max_length=100, unique=True)),
                ("first_day", models.DateField(blank=True, null=True)),
                ("last_day", models.DateField(blank=True, null=True)),
                ("p5", models.FloatField(blank=True, null=True)),
                ("p50", models.FloatField(blank=True, null=True)),
                ("p95", models.FloatField(blank=True, null=True)),
                ("count", models.PositiveIntegerField(default=0)),
            ],
            options={
                "verbose_name_plural": "job histories",
            },
        ),
        migrations.CreateModel(
            name="RefusedCall",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.PositiveSmallIntegerField(unique=True)),
                ("at", models.DateTimeField()),
                ("address", models.CharField(blank=True, default="", max_length=100)),
                ("status", models.PositiveSmallIntegerField()),
                ("reason", models.CharField(max_length=200)),
                ("times", models.PositiveBigIntegerField(default=1)),
            ],
        ),
        migrations.CreateModel(
            name="JobDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("job_name", models.CharField(max_length=100)),
                ("day", models.DateField()),
                ("schedule", models.CharField(blank=True, default="", max_length=200)),
                ("timezone", models.CharField(blank=True, default="", max_length=100)),
                ("worst", models.CharField(blank=True, default="", max_length=10)),
                ("counts", models.JSONField(default=dict)),
                ("durations", models.JSONField(default=dict)),
                ("lateness", models.JSONField(default=dict)),
                ("runs", models.PositiveIntegerField(default=0)),
                ("stale", models.PositiveIntegerField(default=0)),
                ("counted_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("stale__gt", 0)), fields=["day"], name="jobs_api_stale_days"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("job_name", "day"), name="jobs_api_one_row_per_day")
                ],
            },
        ),
        migrations.CreateModel(
            name="SourceHour",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(blank=True, default="", max_length=100)),
                ("actor", models.CharField(blank=True, default="", max_length=100)),
                ("hour", models.DateTimeField()),
                ("calls", models.PositiveBigIntegerField(default=0)),
                ("wins", models.PositiveBigIntegerField(default=0)),
                ("lateness", models.JSONField(default=dict)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("hour", "source", "actor"), name="jobs_api_one_row_per_hour"
                    )
                ],
            },
        ),
    ]
