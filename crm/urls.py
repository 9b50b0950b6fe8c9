"""The app's URLs, for the root of the project."""

from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from crm.views import CrmGraphQLView

# Clients send no CSRF token. That is safe while there are only queries: they change nothing.
graphql = csrf_exempt(CrmGraphQLView.as_view())

# Both, because a redirect from one to the other would turn a POST into a GET.
urlpatterns = [path("graphql", graphql, name="graphql"), path("graphql/", graphql)]
