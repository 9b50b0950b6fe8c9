"""A project with django-tenants. TENANTS_HAVE says where jobs_api is: "shared", "tenant", "shared+tenant"."""

import os

from settings.base import database

DATABASES = {
    "default": database(os.environ["DATABASE_URL"]) | {"ENGINE": "django_tenants.postgresql_backend"}
}
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
TENANT_MODEL, TENANT_DOMAIN_MODEL = "customers.Customer", "customers.Domain"

HERE = "tests.jobs_api.tenants"
WHERE = os.environ.get("TENANTS_HAVE", "shared").split("+")
SHARED_APPS = [
    "django_tenants",
    f"{HERE}.customers",
    "django.contrib.contenttypes",
    *(["jobs_api"] if "shared" in WHERE else []),
]
TENANT_APPS = ["django.contrib.contenttypes", f"{HERE}.shop", *(["jobs_api"] if "tenant" in WHERE else [])]
INSTALLED_APPS = list(dict.fromkeys([*SHARED_APPS, *TENANT_APPS]))

MIDDLEWARE = [
    "django_tenants.middleware.main.TenantMainMiddleware",
    "django.middleware.common.CommonMiddleware",
]
ROOT_URLCONF = f"{HERE}.urls"
ALLOWED_HOSTS = ["public.example", "acme.example"]
SECRET_KEY = "a-secret-of-a-test"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CRON_SECRET = "test-cron-secret-4f1d0c6be2a84c0f9d35a7b8c1e6f203"
JOBS_API = {"REQUIRE_HTTPS": False, "RENEW_SECONDS": 0.2, "WAIT_SECONDS": 20}
TENANT_LIMIT_SET_CALLS = "limited" in WHERE
