"""The views, a module for each page; each has its `urlpatterns`."""
