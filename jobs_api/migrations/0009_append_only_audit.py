from django.db import migrations

from jobs_api.database.append_only import AppendOnly
from jobs_api.database.migrating import BoundLocks


class Migration(migrations.Migration):
    """The audit is append-only: in the ORM, and by a trigger on PostgreSQL."""

    dependencies = [
        ("jobs_api", "0008_audit_and_alerts"),
    ]

    operations = [
        BoundLocks(),
        migrations.AlterModelOptions(
            name="auditentry",
            options={"base_manager_name": "objects", "verbose_name_plural": "audit entries"},
        ),
        AppendOnly("AuditEntry"),
    ]
