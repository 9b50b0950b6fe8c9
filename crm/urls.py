"""The app's URLs, for the root of the project."""

from django.urls import path

from crm.graphql.views import graphql

# Both, because a redirect from one to the other would turn a POST into a GET.
urlpatterns = [
    path("graphql", graphql, name="graphql"),
    path("graphql/", graphql),
]
