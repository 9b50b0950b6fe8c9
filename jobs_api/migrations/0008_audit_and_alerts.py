import django.db.models.deletion
from django.db import migrations, models

from jobs_api.database.migrating import AddColumn, BoundLocks


class Migration(migrations.Migration):
    """The audit, incidents with their messages, and the caller's trace. Code of before uses none of it."""

    dependencies = [
        ("jobs_api", "0007_source_lateness"),
    ]

    operations = [
        BoundLocks(),
        migrations.CreateModel(
            name="AlertMute",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("subject", models.CharField(default="*", max_length=250)),
                ("kind", models.CharField(blank=True, default="", max_length=30)),
                ("started_at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("actor", models.CharField(blank=True, default="", max_length=100)),
                ("comment", models.TextField(blank=True, default="")),
                ("ended_by", models.CharField(blank=True, default="", max_length=100)),
            ],
        ),
        migrations.CreateModel(
            name="AlertTurn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, unique=True)),
                ("at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("error", models.TextField(blank=True, default="")),
                ("failing_since", models.DateTimeField(blank=True, null=True)),
                ("failures", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="JobTotals",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("job_name", models.CharField(max_length=100, unique=True)),
                ("since", models.DateTimeField()),
                ("written_at", models.DateTimeField()),
                ("totals", models.JSONField(default=dict)),
            ],
            options={"verbose_name_plural": "job totals"},
        ),
        migrations.AlterModelOptions(
            name="jobrun",
            options={"permissions": [("operate_jobrun", "Can rerun, cancel, pause and trigger jobs")]},
        ),
        AddColumn(
            model_name="jobattempt",
            name="traceparent",
            field=models.CharField(blank=True, db_default="", default="", max_length=55),
        ),
        AddColumn(
            model_name="jobrun",
            name="traceparent",
            field=models.CharField(blank=True, db_default="", default="", max_length=55),
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("action", models.CharField(max_length=30)),
                ("actor", models.CharField(blank=True, default="", max_length=100)),
                ("origin", models.CharField(max_length=20)),
                ("address", models.CharField(blank=True, default="", max_length=150)),
                ("job_name", models.CharField(blank=True, default="", max_length=100)),
                ("run", models.BigIntegerField(blank=True, null=True)),
                ("run_date", models.DateTimeField(blank=True, null=True)),
                ("subject", models.CharField(blank=True, default="", max_length=200)),
                ("reason", models.TextField(blank=True, default="")),
                ("result", models.CharField(max_length=200)),
                ("details", models.JSONField(blank=True, default=dict)),
            ],
            options={
                "verbose_name_plural": "audit entries",
                "indexes": [
                    models.Index(fields=["at"], name="jobs_api_audit_at"),
                    models.Index(fields=["job_name", "at"], name="jobs_api_audit_job"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Incident",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=30)),
                ("subject", models.CharField(max_length=250)),
                ("job_name", models.CharField(blank=True, default="", max_length=100)),
                ("run", models.BigIntegerField(blank=True, null=True)),
                ("run_date", models.DateTimeField(blank=True, null=True)),
                ("since", models.DateTimeField()),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("seen_at", models.DateTimeField()),
                ("times", models.PositiveIntegerField(default=1)),
                ("notified_at", models.DateTimeField(blank=True, null=True)),
                ("detail", models.TextField(blank=True, default="")),
                ("facts", models.JSONField(blank=True, default=dict)),
                ("over", models.TextField(blank=True, default="")),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                ("acknowledged_by", models.CharField(blank=True, default="", max_length=100)),
                ("acknowledged_until", models.DateTimeField(blank=True, null=True)),
                ("comment", models.TextField(blank=True, default="")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["opened_at"], name="jobs_api_incidents_at"),
                    models.Index(fields=["job_name", "opened_at"], name="jobs_api_incidents_job"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at", None)),
                        fields=("kind", "subject"),
                        name="jobs_api_one_open_incident",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AlertMessage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("channel", models.CharField(max_length=50)),
                ("event", models.CharField(max_length=20)),
                ("number", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField()),
                ("next_try_at", models.DateTimeField(blank=True, null=True)),
                ("claimed_until", models.DateTimeField(blank=True, null=True)),
                ("tries", models.PositiveIntegerField(default=0)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("error", models.TextField(blank=True, default="")),
                ("digest", models.BigIntegerField(blank=True, null=True)),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="jobs_api.incident",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_try_at__isnull", False)),
                        fields=["next_try_at"],
                        name="jobs_api_unsent",
                    ),
                    models.Index(fields=["channel", "sent_at"], name="jobs_api_channel_sent"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("incident", "channel", "event", "number"), name="jobs_api_each_message_once"
                    )
                ],
            },
        ),
    ]
