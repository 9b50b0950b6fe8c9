from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from crm import conf


def test_files_go_below_the_project_and_never_to_a_shared_tmp(settings):
    del settings.CRM_LOG_DIR, settings.CRM_ARCHIVE_DIR
    assert conf.log_dir() == Path(settings.BASE_DIR) / "var" / "log"
    assert conf.archive_dir() == Path(settings.BASE_DIR) / "var" / "archive"


def test_settings_say_otherwise(settings, tmp_path):
    settings.CRM_LOG_DIR, settings.CRM_ARCHIVE_DIR = str(tmp_path), tmp_path / "archive"
    assert (conf.log_dir(), conf.archive_dir()) == (tmp_path, tmp_path / "archive")


TIMEOUTS = {"CRM_GRAPHQL_TIMEOUT": conf.graphql_timeout, "CRM_WEBHOOK_TIMEOUT": conf.webhook_timeout}


@pytest.mark.parametrize("name", TIMEOUTS)
def test_seconds_are_read_from_text_and_may_be_fractions(settings, name):
    for value in ("2.5", 2.5):
        setattr(settings, name, value)
        assert TIMEOUTS[name]() == 2.5
    delattr(settings, name)
    assert TIMEOUTS[name]() == 10


@pytest.mark.parametrize("name", TIMEOUTS)
@pytest.mark.parametrize("value", ["abc", "", None])
def test_seconds_that_are_no_number_are_refused_by_name(settings, name, value):
    setattr(settings, name, value)
    with pytest.raises(ImproperlyConfigured, match=f"^{name} is not a number of seconds: write one"):
        TIMEOUTS[name]()


def test_addresses_may_have_spaces_between_them(settings):
    settings.CRM_REPORT_RECIPIENTS = ["a@example.com", " b@example.com"]
    assert conf.report_recipients() == ["a@example.com", "b@example.com"]
