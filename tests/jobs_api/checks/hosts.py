"""Middleware of hosts, as they are seen in the wild; each gets in the way of the API in its own way."""

import functools
import threading
import time

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.cache import cache
from django.core.exceptions import MiddlewareNotUsed, PermissionDenied
from django.db import connection
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.deprecation import MiddlewareMixin


def maintenance(get_response):
    return lambda request: HttpResponse("<h1>Back soon</h1>", status=503)


def a_page_for_people(get_response):
    """Who opens the URL of a trigger in a browser gets a page."""

    def middleware(request):
        if request.method == "GET" and request.path.endswith("/run"):
            return HttpResponse("Please send a POST.")
        return get_response(request)

    return middleware


def everything_from_the_cache(get_response):
    """Stores by path, whatever Cache-Control says."""

    def middleware(request):
        key = f"page:{request.path}"
        stored = cache.get(key)
        if stored is None:
            stored = get_response(request)
            cache.set(key, stored, 60)
        return stored

    return middleware


def gets_from_the_cache(get_response):
    cached = everything_from_the_cache(get_response)
    return lambda request: cached(request) if request.method == "GET" else get_response(request)


def public(get_response):
    def middleware(request):
        response = get_response(request)
        response["Cache-Control"] = "public, max-age=600"
        return response

    return middleware


class EveryPostNeedsAForm(CsrfViewMiddleware):
    """Ignores csrf_exempt."""

    def process_view(self, request, callback, args, kwargs):
        return super().process_view(request, lambda: None, args, kwargs)


class OwnLogin(MiddlewareMixin):
    """Looks at no mark of the view."""

    def process_view(self, request, view, args, kwargs):
        return (
            None if getattr(request, "user", None) and request.user.is_authenticated else redirect("/login/")
        )


class LoginByTemplate(MiddlewareMixin):
    def process_view(self, request, view, args, kwargs):
        return TemplateResponse(request, "admin/login.html", status=403)


class TakesTheBearer:
    """Authorization is its own."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.META.get("HTTP_AUTHORIZATION", "").startswith("Bearer "):
            return JsonResponse({"detail": "Invalid token."}, status=401)
        return self.get_response(request)


def removes_the_bearer(get_response):
    def middleware(request):
        request.META.pop("HTTP_AUTHORIZATION", None)
        return get_response(request)

    return middleware


def overrides_the_method(get_response):
    def middleware(request):
        request.method = "PUT" if request.method == "POST" else request.method
        return get_response(request)

    return middleware


def reads_the_stream(get_response):
    def middleware(request):
        request.read()
        return get_response(request)

    return middleware


def to_the_login(get_response):
    """A refusal becomes the page where one logs in."""

    def middleware(request):
        response = get_response(request)
        return HttpResponseRedirect("/login/") if response.status_code in (401, 403) else response

    return middleware


def nicer_errors(get_response):
    def middleware(request):
        response = get_response(request)
        return HttpResponse("<h1>Oops</h1>", status=200) if response.status_code >= 500 else response

    return middleware


def wraps_json(get_response):
    def middleware(request):
        response = get_response(request)
        response.content = b'{"data": ' + response.content + b"}"
        return response

    return middleware


def streams(get_response):
    def middleware(request):
        response = get_response(request)
        return StreamingHttpResponse(
            iter([response.content]), status=response.status_code, headers=response.headers
        )

    return middleware


def without_slash(get_response):
    def middleware(request):
        path = request.path.rstrip("/")
        return HttpResponseRedirect(path) if path and path != request.path else get_response(request)

    return middleware


def to_https(get_response):
    def middleware(request):
        secure = request.is_secure()
        return get_response(request) if secure else redirect(f"https://{request.get_host()}{request.path}")

    return middleware


def one_host(get_response):
    def middleware(request):
        return (
            get_response(request) if request.get_host() == "crm.example" else redirect("https://crm.example/")
        )

    return middleware


def no_robots(get_response):
    def middleware(request):
        if "curl" in request.headers.get("User-Agent", ""):
            raise PermissionDenied
        return get_response(request)

    return middleware


def raises(get_response):
    def middleware(request):
        return get_response(request) if request.user.profile.active else None

    return middleware


def raises_afterwards(get_response):
    def middleware(request):
        response = get_response(request)
        request.session["page"] = response.context_data["page"]
        return response

    return middleware


def returns_nothing(get_response):
    def middleware(request):
        get_response(request)

    return middleware


def is_nothing(get_response):
    return None


def cannot_start(get_response):
    raise ValueError("GEOIP_PATH is not set")


def hangs(get_response):
    def middleware(request):
        HANGS.set()
        GO_ON.wait()
        return get_response(request)

    return middleware


HANGS, GO_ON = threading.Event(), threading.Event()


# -- these get in nobody's way ----------------------------------------------------------------


def not_used(get_response):
    raise MiddlewareNotUsed("only in production")


class Asynchronous:
    sync_capable, async_capable = False, True

    def __init__(self, get_response):
        self.get_response = get_response
        markcoroutinefunction(self)

    async def __call__(self, request):
        return await self.get_response(request)

    async def process_view(self, request, view, args, kwargs):
        return None


class AsynchronousLogin(Asynchronous):
    async def __call__(self, request):
        return HttpResponseRedirect("/login/")


class Both(MiddlewareMixin):
    def process_response(self, request, response):
        response["X-Took"] = "5"
        response["Vary"] = f"{response['Vary']}, Accept-Language"
        return response


class Hooks(MiddlewareMixin):
    def process_template_response(self, request, response):
        return response

    def process_exception(self, request, exception):
        return None


def stops_the_time(get_response):
    if iscoroutinefunction(get_response):
        raise AssertionError("the chain is synchronous")

    def middleware(request):
        began = time.monotonic()
        response = get_response(request)
        response["Server-Timing"] = f"all;dur={time.monotonic() - began}"
        return response

    return middleware


def reads_the_form(get_response):
    def middleware(request):
        request.POST.get("a")
        return get_response(request)

    return middleware


def counts_visits(get_response):
    def middleware(request):
        response = get_response(request)
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO visit VALUES (%s)", [request.path])
        return response

    return middleware


def looks_up_the_site(get_response):
    def middleware(request):
        with connection.cursor() as cursor:
            cursor.execute("SELECT domain FROM no_such_table")
        return get_response(request)

    return middleware


def looks_it_up_at_the_start(get_response):
    with connection.cursor() as cursor:
        cursor.execute("SELECT domain FROM no_such_table")
    return get_response


class LooksItUpBeforeTheView(MiddlewareMixin):
    def process_view(self, request, view, args, kwargs):
        with connection.cursor() as cursor:
            cursor.execute("SELECT domain FROM no_such_table")


def speaks(get_response):
    """Logs at a logger of its own, also while it is loaded."""
    import logging

    logging.getLogger("host.middleware").warning("loaded")

    def middleware(request):
        logging.getLogger("host.middleware").error("a request")
        logging.getLogger("django.request").warning("a request")
        return get_response(request)

    return middleware


# -- decorators around the include ------------------------------------------------------------


def behind_a_login(view):
    @functools.wraps(view)
    def inner(request, *args, **kwargs):
        return redirect("/login/")

    return inner


def that_stores(view):
    @functools.wraps(view)
    def inner(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "max-age=60"
        return response

    return inner


def that_raises(view):
    @functools.wraps(view)
    def inner(request, *args, **kwargs):
        raise LookupError("no tenant")

    return inner


# -- URLs of each host ------------------------------------------------------------------------

URLS = {}


def chooses_the_urls(get_response):
    def middleware(request):
        if request.get_host() in URLS:
            request.urlconf = URLS[request.get_host()]
        return get_response(request)

    return middleware
