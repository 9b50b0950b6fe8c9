"""A deployment behind a TLS-terminating proxy. SECRET_KEY and DATABASE_URL have no default on purpose."""

from settings.base import *

DEBUG = False
SECRET_KEY = env("SECRET_KEY")
# An SQLite file on a platform's disk would be lost at the next deploy, so there is no default.
DATABASES = {"default": database(env("DATABASE_URL"))}

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
if _host := env("RENDER_EXTERNAL_HOSTNAME", default=""):
    ALLOWED_HOSTS.append(_host)
    JOBS_API["BASE_URL"] = JOBS_API["BASE_URL"] or f"https://{_host}"

# The proxy sets this header and removes the client's own. Without such a proxy, remove this line.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
# Most clients turn a redirected POST into a GET: the caller sees success and nothing has run. jobs_api
# answers plain http with 403 by itself, and platforms send health checks to the process in plain http.
SECURE_REDIRECT_EXEMPT = [r"^api/"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=30 * 24 * 3600)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
# Preloading binds a whole domain for years: its owner must decide that.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

# Right after SecurityMiddleware, as WhiteNoise asks: static files need nothing that comes later.
MIDDLEWARE.insert(1, "whitenoise.middleware.WhiteNoiseMiddleware")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
