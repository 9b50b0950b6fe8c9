"""deploy/ is what the declarations of the reference project say today."""

import subprocess
import sys

import pytest
import yaml

from jobs_api.exporters import all_exporters
from tools import exports


@pytest.fixture(scope="module")
def checked():
    """Compared in a process of its own, because the settings are those of production."""
    command = [sys.executable, "-m", "tools.exports", "--check"]
    return subprocess.run(command, cwd=exports.ROOT, capture_output=True, text=True, check=False)


def test_every_committed_export_is_up_to_date(checked):
    assert checked.returncode == 0, f"`make exports` writes them anew.\n{checked.stdout}{checked.stderr}"
    assert checked.stdout.count("is up to date.") == len(list(exports.table()))


def test_every_platform_is_there_under_a_name_of_its_own():
    lines = list(exports.table())
    assert {platform for platform, *_ in lines} == set(all_exporters())
    files = [file for *_, file in lines]
    assert len(set(files)) == len(files)


def test_they_name_no_machine_and_no_secret():
    for path in exports.DEPLOY.rglob("*"):
        if path.is_file():
            text = path.read_text()
            assert str(exports.ROOT) not in text, path
            assert exports.ENVIRONMENT["SECRET_KEY"] not in text, path


def test_render_yaml_of_the_project_and_the_export_name_the_same_web_service():
    ours = yaml.safe_load((exports.ROOT / "render.yaml").read_text())
    names = {service["name"] for service in ours["services"] if service["type"] == "web"}
    exported = yaml.safe_load((exports.DEPLOY / "render.yaml").read_text())
    variables = [variable for service in exported["services"] for variable in service["envVars"]]
    assert {variable["fromService"]["name"] for variable in variables if "fromService" in variable} == names
