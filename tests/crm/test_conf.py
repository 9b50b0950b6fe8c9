from pathlib import Path

from crm import conf


def test_files_go_below_the_project_and_never_to_a_shared_tmp(settings):
    del settings.CRM_LOG_DIR, settings.CRM_ARCHIVE_DIR
    assert conf.log_dir() == Path(settings.BASE_DIR) / "var" / "log"
    assert conf.archive_dir() == Path(settings.BASE_DIR) / "var" / "archive"


def test_settings_say_otherwise(settings, tmp_path):
    settings.CRM_LOG_DIR, settings.CRM_ARCHIVE_DIR = str(tmp_path), tmp_path / "archive"
    assert (conf.log_dir(), conf.archive_dir()) == (tmp_path, tmp_path / "archive")
