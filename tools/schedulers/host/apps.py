"""The app of the host project."""

from django.apps import AppConfig


class HostConfig(AppConfig):
    """It has two commands."""

    name = "tools.schedulers.host"
    label = "schedulers"
