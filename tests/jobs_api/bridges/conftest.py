"""Apps of other schedulers, installed with their tables while the tests of one module run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, connections
from django.test import override_settings

Q_CLUSTER = {"timeout": 60, "retry": 120}
"""django-q2's own defaults make it warn."""


@pytest.fixture
def threads_disconnect(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call closes the connection of its thread: the test database could not be dropped otherwise."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)


@pytest.fixture(scope="module")
def engine_apps(request: Any, django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The module names them: ``APPS = ["django_q"]``; a test also needs the mark `django_db`.

    Tests run in the project whose settings are settings.test: as one of its apps, each of these would have
    its tables made and flushed in every test process.
    """
    names: list[str] = request.module.APPS
    with (
        django_db_blocker.unblock(),
        override_settings(Q_CLUSTER=Q_CLUSTER),
        override_settings(INSTALLED_APPS=[*settings.INSTALLED_APPS, *names]),
    ):
        labels = {config.label for config in apps.get_app_configs() if config.name in names}
        found = (model for label in labels for model in apps.get_app_config(label).get_models())
        models = [model for model in found if model._meta.managed and not model._meta.proxy]
        with connection.schema_editor() as editor:
            for model in models:
                editor.create_model(model)
        yield
        with connection.schema_editor() as editor:
            for model in reversed(models):
                editor.delete_model(model)
