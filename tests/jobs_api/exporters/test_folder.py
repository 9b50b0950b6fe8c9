"""Exports of several files: in one text, and in a folder."""

from __future__ import annotations

import pytest

from jobs_api.exporters import all_exporters
from jobs_api.exporters.common import folder
from tests.jobs_api.exporters.toys import TOYS, plan_for


@pytest.mark.parametrize("platform", ["systemd", "launchd", "railway", "cloudflare"])
def test_a_text_is_the_same_after_it_was_written_into_a_folder(platform, tmp_path):
    exporter = all_exporters()[platform]
    text = exporter.render(plan_for(exporter))
    paths = folder.write(text, tmp_path / "new")
    assert {path.name for path in paths} == set(folder.split(text))
    assert folder.read(text, tmp_path / "new") == text


@pytest.mark.parametrize("platform", ["systemd", "launchd"])
def test_a_folder_shows_what_is_missing_changed_or_left_over(platform, tmp_path):
    exporter = all_exporters()[platform]
    before = exporter.render(plan_for(exporter, TOYS["daily"], TOYS["every_five_minutes"]))
    left = folder.write(before, tmp_path)
    (tmp_path / "sshd.service").write_text("[Unit]\n")
    now = exporter.render(plan_for(exporter, TOYS["daily"], TOYS["daily_in_new_york"]))
    found = folder.read(now, tmp_path)
    assert "daily_in_new_york" not in found, "it is not there yet"
    assert "every_five_minutes" in found, "it would still call"
    assert "sshd" not in found
    left[0].write_text(left[0].read_text().replace("daily", "nightly"))
    assert folder.read(before, tmp_path) != before
