"""The app of the host project."""

from django.apps import AppConfig


class HostConfig(AppConfig):
    """It has one command."""

    name = "tools.servers.host"
    label = "servers"
