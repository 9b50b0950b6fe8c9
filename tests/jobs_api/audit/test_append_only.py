"""No entry is changed or deleted: not through the ORM, and on PostgreSQL by no plain statement."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from asgiref.sync import async_to_sync
from django.apps import apps
from django.contrib.admin.utils import NestedObjects
from django.core.management import call_command
from django.db import IntegrityError, ProgrammingError, connection, connections, models, transaction
from django.db.migrations.state import ProjectState
from django.db.models.deletion import Collector

from jobs_api import audit
from jobs_api.audit import retention
from jobs_api.database.append_only import SETTING
from jobs_api.database.append_only import AppendOnly as Operation
from jobs_api.models import AuditEntry
from jobs_api.models.audit import AppendOnly
from tests.jobs_api.audit.entries import NOON, entry

pytestmark = pytest.mark.django_db
POSTGRES = pytest.mark.skipif(connections["default"].vendor != "postgresql", reason="a trigger of PostgreSQL")
OLD = datetime(2020, 1, 1, tzinfo=UTC)


def collected(row, using="default"):
    """Delete it as Django does for an instance and what belongs to it."""
    collector = Collector(using=using)
    collector.collect([row])
    return collector.delete()


def nested(row):
    """As the admin looks for what belongs to it; then the deletion that it would do."""
    found = NestedObjects(using="default")
    found.collect([row])
    return found.delete()


def loaded(row):
    """As `loaddata` writes an entry with this key."""
    other = AuditEntry(pk=row.pk, at=NOON, action="pause", origin="command", result="forged")
    models.Model.save_base(other, using="default", raw=True)


WAYS = {
    "saving it again": lambda row: row.save(),
    "saving one field": lambda row: row.save(update_fields=["reason"]),
    "forcing an update": lambda row: AuditEntry(pk=row.pk, at=NOON).save(force_update=True),
    "loading a fixture over it": loaded,
    "update()": lambda row: AuditEntry.objects.update(reason="forged"),
    "update() of a filter": lambda row: AuditEntry.objects.filter(pk=row.pk).update(reason="forged"),
    "update() by the base manager": lambda row: AuditEntry._base_manager.update(reason="forged"),
    "update() by the default manager": lambda row: AuditEntry._default_manager.filter().update(reason=""),
    "bulk_update()": lambda row: AuditEntry.objects.bulk_update([row], ["reason"]),
    "update_or_create()": lambda row: AuditEntry.objects.update_or_create(pk=row.pk, defaults={"reason": ""}),
    "an upsert": lambda row: AuditEntry.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["id"], update_fields=["reason"]
    ),
    "deleting it": lambda row: row.delete(),
    "delete() of all": lambda row: AuditEntry.objects.all().delete(),
    "delete() of a filter by the base manager": lambda row: AuditEntry._base_manager.filter().delete(),
    "the fast way of delete()": lambda row: AuditEntry.objects.all()._raw_delete("default"),
    "a query set of Django's own": lambda row: models.QuerySet(AuditEntry).delete(),
    "Django's collector": collected,
    "the admin's collector": nested,
}


@pytest.mark.parametrize("way", WAYS)
def test_the_orm_refuses(way):
    row = entry(reason="true")
    with pytest.raises(AppendOnly, match=r"append-only.*AUDIT_DAYS.*jobs_prune"), transaction.atomic():
        WAYS[way](row)
    assert list(AuditEntry.objects.values_list("reason", "result")) == [("true", "paused")]


def test_an_entry_cannot_take_the_place_of_another():
    row = entry(reason="true")
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEntry(pk=row.pk, at=NOON, action="pause", origin="command", result="forged").save()
    assert AuditEntry.objects.get().result == "paused"


@pytest.mark.django_db(transaction=True)
def test_entries_move_to_another_database_by_dumpdata_and_loaddata(tmp_path):
    """So does what a `TransactionTestCase` with a serialized_rollback puts back."""
    entry(reason="true", details={"until": "later"})
    before, file = list(AuditEntry.objects.values()), tmp_path / "audit.json"
    call_command("dumpdata", "jobs_api.auditentry", output=str(file))
    with pytest.raises(Exception, match="append-only"):
        call_command("loaddata", str(file), verbosity=0)
    call_command("flush", interactive=False, verbosity=0)
    call_command("loaddata", str(file), verbosity=0)
    assert list(AuditEntry.objects.values()) == before


def test_entries_are_added_and_read_as_usual():
    AuditEntry.objects.bulk_create([AuditEntry(at=NOON, action="pause", origin="python", result="paused")])
    row = AuditEntry.objects.get()
    row.refresh_from_db()
    assert (row.result, row.details) == ("paused", {})


def test_the_async_ways_are_refused_too():
    row = entry()
    for way in (lambda: AuditEntry.objects.filter(pk=row.pk).aupdate(reason=""), row.adelete, row.asave):
        with pytest.raises(AppendOnly), transaction.atomic():
            async_to_sync(awaited)(way)


async def awaited(way):
    await way()


# -- PostgreSQL -------------------------------------------------------------------------------

TABLE = "jobs_api_auditentry"
PLAIN = {
    "UPDATE": "UPDATE AUDIT SET reason = 'forged'",
    "UPDATE of one": "UPDATE AUDIT SET at = now() WHERE id = (SELECT max(id) FROM AUDIT)",
    "DELETE": "DELETE FROM AUDIT",
    "DELETE by a join": "DELETE FROM AUDIT a USING AUDIT b WHERE a.id = b.id",
    "an upsert": "INSERT INTO AUDIT SELECT * FROM AUDIT ON CONFLICT (id) DO UPDATE SET reason = ''",
    "MERGE": "MERGE INTO AUDIT a USING AUDIT b ON a.id = b.id WHEN MATCHED THEN DELETE",
}


@POSTGRES
@pytest.mark.parametrize("way", PLAIN)
def test_postgresql_refuses(way):
    entry(at=OLD)
    with pytest.raises(ProgrammingError, match=f"{TABLE} is append-only"), transaction.atomic():
        execute(PLAIN[way])
    assert AuditEntry.objects.get().at == OLD


@POSTGRES
@pytest.mark.parametrize(
    ("kept_since", "at", "goes"),
    [
        (OLD + timedelta(days=1), OLD, True),
        (OLD, OLD, False),  # exactly as old as what is kept
        (OLD - timedelta(days=1), OLD, False),
        (datetime(2100, 1, 1, tzinfo=UTC), OLD, True),
    ],
)
def test_the_way_of_the_retention_lets_go_what_is_older_only(kept_since, at, goes):
    entry(at=at)
    assert deleted_by(kept_since) is goes


@POSTGRES
def test_nobody_deletes_what_is_younger_than_thirty_days_by_that_way():
    for days, goes in ((29, False), (31, True)):
        entry(at=datetime.now(UTC) - timedelta(days=days))
        assert deleted_by(datetime(2100, 1, 1, tzinfo=UTC)) is goes


@POSTGRES
def test_that_way_changes_nothing():
    entry(at=OLD)
    execute("SELECT set_config(%s, %s, true)", SETTING, "2100-01-01T00:00:00Z")
    with pytest.raises(ProgrammingError), transaction.atomic():
        execute(PLAIN["UPDATE"])


@POSTGRES
def test_an_empty_table_is_no_trouble():
    assert execute(PLAIN["DELETE"]) == 0


@POSTGRES
def test_truncate_is_possible_because_the_flush_of_tests_needs_it():
    entry()
    execute(f"TRUNCATE {TABLE}")
    assert not AuditEntry.objects.exists()


@POSTGRES
@pytest.mark.django_db(transaction=True)
def test_the_migration_goes_back_and_forth_in_any_schema_for_a_role_without_superuser():
    migration = import_module("jobs_api.migrations.0009_append_only_audit").Migration
    (operation,) = (each for each in migration.operations if isinstance(each, Operation))
    execute("CREATE ROLE tenant_owner NOSUPERUSER")
    execute("CREATE SCHEMA tenant AUTHORIZATION tenant_owner")
    try:
        execute(f"CREATE TABLE tenant.{TABLE} (LIKE public.{TABLE} INCLUDING ALL)")
        execute(f"ALTER TABLE tenant.{TABLE} OWNER TO tenant_owner")
        execute("SET ROLE tenant_owner")
        execute("SET search_path = tenant, public")
        execute(
            "INSERT INTO AUDIT (id, at, action, actor, origin, address, job_name, subject, reason, result, "
            "details) VALUES (1, '2020-01-01', 'pause', '', '', '', '', '', '', '', '{}')"
        )
        migrate(operation.database_forwards)
        with pytest.raises(ProgrammingError, match="append-only"):
            execute(PLAIN["DELETE"])
        assert triggers() == ["public", "tenant"]
        migrate(operation.database_backwards)
        assert triggers() == ["public"]
        assert execute(PLAIN["DELETE"]) == 1
    finally:
        execute("RESET search_path")
        execute("RESET ROLE")
        execute("DROP SCHEMA tenant CASCADE")
        execute("DROP ROLE tenant_owner")


@POSTGRES
@pytest.mark.django_db(transaction=True)
def test_a_role_that_may_only_add_read_and_delete_is_enough():
    """A host may take UPDATE and TRUNCATE from the role of its application: docs/audit.md."""
    execute("CREATE ROLE audit_app NOSUPERUSER")
    try:
        execute("GRANT SELECT, INSERT, DELETE ON AUDIT TO audit_app")
        execute("GRANT USAGE ON SEQUENCE AUDIT_id_seq TO audit_app")
        execute("SET ROLE audit_app")
        audit.record("pause", at=OLD, result="paused")
        audit.record("resume", at=NOON, result="unchanged", refused=True)
        assert retention.prune(at=NOON) == 1
        with pytest.raises(ProgrammingError, match="permission denied"):
            execute("TRUNCATE AUDIT")
    finally:
        execute("RESET ROLE")
        execute("DROP OWNED BY audit_app")
        execute("DROP ROLE audit_app")
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {"resume", "prune"}


@POSTGRES
def test_sqlmigrate_shows_the_trigger(capsys):
    call_command("sqlmigrate", "jobs_api", "0009")
    assert "CREATE TRIGGER" in capsys.readouterr().out


@POSTGRES
def test_it_is_written_into_no_other_database():
    """A router sends our tables elsewhere: then there is no table to guard."""
    operation = Operation("AuditEntry")
    operation.allow_migrate_model = lambda using, model: False
    migrate(operation.database_backwards)
    assert triggers() == ["public"]
    assert json.dumps(operation.deconstruct()) == '["AppendOnly", [], {"model_name": "AuditEntry"}]'


def migrate(do):
    state = ProjectState.from_apps(apps)
    with connection.schema_editor(atomic=False) as editor:
        do("jobs_api", editor, state, state)


def triggers() -> list[str]:
    """The schemas whose audit is guarded."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.nspname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_proc p ON p.oid = t.tgfoid "
            "AND p.pronamespace = n.oid WHERE c.relname = %s ORDER BY 1",
            [TABLE],
        )
        return [name for (name,) in cursor.fetchall()]


def deleted_by(kept_since: datetime) -> bool:
    """Whether DELETE passes in a transaction with that setting."""
    try:
        with transaction.atomic():
            execute("SELECT set_config(%s, %s, true)", SETTING, kept_since.isoformat())
            return execute(PLAIN["DELETE"]) > 0
    except ProgrammingError:
        with transaction.atomic():  # for the next case
            execute(f"TRUNCATE {TABLE}")
        return False


def execute(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql.replace("AUDIT", TABLE), params or None)
        return cursor.rowcount
