"""Write a row into the schema of a tenant."""

import time

from django.core.management.base import BaseCommand
from django.db import connection
from django_tenants.utils import schema_context

from tests.jobs_api.tenants.customers.models import Customer
from tests.jobs_api.tenants.shop.models import Item


class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("--how", default="inside")
        parser.add_argument("--until-renewed", action="store_true")
        parser.add_argument("--fail", action="store_true")

    def handle(self, *, how, until_renewed, fail, **options):
        if how == "inside":
            with schema_context("acme"):
                self.fill(how)
        else:
            self.leave(how)
            self.fill(how)
        if until_renewed:
            self.wait_for_the_heartbeat()
        self.stdout.write(f"filled {how}")
        if fail:
            raise ValueError("half-way")

    def leave(self, how):
        acme = Customer.objects.get(schema_name="acme")
        if how == "by hand":
            connection.set_tenant(acme)
            with connection.cursor() as cursor:
                cursor.execute("SET search_path TO acme")
        else:
            connection.set_tenant(acme, include_public="alone" not in how)

    def fill(self, how):
        Item.objects.create(name=how)

    def wait_for_the_heartbeat(self):
        first = self.lease()
        while self.lease() == first:
            time.sleep(0.05)

    def lease(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT lease_expires_at FROM public.jobs_api_jobrun WHERE state = 'running'")
            return cursor.fetchone()
