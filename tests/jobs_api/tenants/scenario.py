"""What happens with django-tenants, as JSON: run in a process of its own, on a database of its own."""

import json
import logging
import sys

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.checks import run_checks  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from tests.jobs_api.tenants.customers.models import Customer, Domain  # noqa: E402

logging.disable(logging.CRITICAL)
BEARER = {"Authorization": f"Bearer {settings.CRON_SECRET}"}
TABLE = "jobs_api_jobrun"


def main():
    """Migrate, make a tenant, trigger each job twice; print what became of it."""
    before = [message.id for message in run_checks(include_deployment_checks=True, tags=["jobs_api"])]
    call_command("migrate_schemas", shared=True, verbosity=0)
    for name in ("public", "acme"):
        customer = Customer(schema_name=name, name=name)
        customer.save(verbosity=0)
        Domain.objects.create(domain=f"{name}.example", tenant=customer, is_primary=True)
    after = [message.id for message in run_checks(include_deployment_checks=True, tags=["jobs_api"])]
    names = sys.argv[1:]
    answers = {name: [trigger(name, "public"), trigger(name, "acme")] for name in names}
    print(json.dumps({"before": before, "after": after, "answers": answers, "rows": rows()}))


def trigger(name, host):
    """Over HTTP, at the domain of a tenant; the answer and the output."""
    client = Client(headers={**BEARER, "host": f"{host}.example"})
    answer = client.post(f"/api/jobs/{name}/run", content_type="application/json")
    members = answer.json()
    run = members.get("run") or {}
    output = client.get(f"{run['url']}/output").content.decode() if run else ""
    return {
        "status": answer.status_code,
        "outcome": members.get("outcome", members.get("title")),
        "state": run.get("state"),
        "attempt": run.get("attempt"),
        "output": output.splitlines()[:1],
    }


def rows():
    """How many runs each schema has, and how many items."""
    connection.set_schema_to_public()
    counts = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_schema, table_name FROM information_schema.tables")
        for schema, table in cursor.fetchall():
            if table in (TABLE, "shop_item"):
                cursor.execute(f'SELECT count(*) FROM "{schema}".{table}')  # noqa: S608
                counts[f"{schema}.{table}"] = cursor.fetchone()[0]
    return counts


if __name__ == "__main__":
    main()
