"""docs/alerts.md names everything that there is, and its code works."""

import json
import re
import shlex
import time
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import load_command_class

from jobs_api.alerts import settings as alert_settings
from jobs_api.alerts.actions import steps
from jobs_api.alerts.channel import Channel, ChannelError
from jobs_api.alerts.channels import load, types
from jobs_api.alerts.channels.webhook import signed
from jobs_api.alerts.composing import compose, compose_summary, compose_test
from jobs_api.alerts.kinds import KINDS
from jobs_api.alerts.message import EVENTS
from tests.conftest import NOON
from tests.jobs_api.alerts.making import incident, message

PAGE = (Path(django_settings.BASE_DIR) / "docs" / "alerts.md").read_text()
SECRET = "whsec_" + "c2VjcmV0" * 4


def rows(pattern=r"[^|]+"):
    return re.findall(rf"^\| ({pattern}) \|", PAGE, re.MULTILINE)


def words(cells):
    return {word for cell in cells for word in re.findall(r"`([\w ]+)`", cell)}


def section(heading):
    return PAGE.partition(f"\n### {heading}\n")[2].partition("\n### ")[0].partition("\n## ")[0]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_what_it_means_what_to_do_and_which_command_helps(kind):
    text = section(kind)
    assert "**It means.**" in text
    assert "**What to do.**" in text
    assert "python manage.py jobs_" in text
    assert f"| [`{kind}`](#{kind}) | {KINDS[kind].severity} |" in PAGE


@pytest.mark.parametrize(
    "names",
    [EVENTS, ("CHANNELS", *alert_settings.NUMBERS), alert_settings.FILTERS],
    ids=["events", "keys", "filters"],
)
def test_every_event_and_key_has_a_row(names):
    assert set(names) <= words(rows())


@pytest.mark.parametrize("key", alert_settings.NUMBERS)
def test_every_number_has_its_default(key):
    assert f"| `{key}` | {alert_settings.NUMBERS[key]:g} |" in PAGE


@pytest.mark.parametrize("type_", types())
def test_every_type_of_channel_has_an_example_and_a_row_for_each_key(type_):
    assert f'"TYPE": "{type_}"' in PAGE
    assert set(load(type_).options) <= words(rows())


@pytest.mark.django_db
def test_every_member_of_a_message_to_a_program_has_a_row(declare):
    row = message(incident("failed", run_date=NOON))
    found = [compose(row, NOON), compose_summary([row], NOON), compose_test("ops", NOON, id="test-1")]
    members = {key for each in found for key in each.facts} | {"title", "text"}
    assert members - words([PAGE]) == set()


def parses(line):
    """Whether a command takes this line."""
    program, name, *arguments = shlex.split(line, comments=True)
    assert program == "manage.py"
    load_command_class("jobs_api", name).create_parser("manage.py", name).parse_args(arguments)
    return True


COMMANDS = re.findall(r"^python (manage\.py jobs_.+)$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_the_page_is_one_that_can_be_typed(line):
    assert parses(line)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("about", [{"run": 7}, {"run_date": NOON}, {}])
@pytest.mark.parametrize("name", ["nightly", "-rf", "--", "a 'b' $c; d"])
def test_every_command_of_a_message_is_one_that_can_be_typed(kind, about, name):
    for _, command in steps(
        incident(kind, name, facts={"source": name, "actor": name, "part": name}, **about)
    ):
        assert command.startswith("curl ") or parses(command)


def block(start):
    (code,) = [code for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if start in code]
    return code


def test_the_receiver_of_the_page_takes_what_we_send_and_nothing_else():
    namespace = {}
    exec(block("def receive"), namespace)  # noqa: S102 - the page is ours
    receive, body = namespace["receive"], json.dumps({"type": "alert.opened"}).encode()
    headers = signed("test-1", body, SECRET)
    assert receive(body, headers, SECRET) == {"type": "alert.opened"}
    assert receive(body + b" ", headers, SECRET) is None
    assert receive(body, {**headers, "webhook-id": "test-2"}, SECRET) is None
    assert receive(body, signed("test-1", body, SECRET, at=time.time() - 3600), SECRET) is None


def test_the_channel_of_the_page_works():
    paged = []
    namespace = {"page": lambda number, text, timeout: paged.append(number)}
    exec(block("class Pager"), namespace)  # noqa: S102 - the page is ours
    pager = namespace["Pager"]()
    assert isinstance(pager, Channel)
    assert list(pager.faults({"NUMBER": "x"})) == [("NUMBER is not a number", "Such as 112.")]
    with pytest.raises(ChannelError, match="busy"):
        pager.send(compose_test("ops", NOON, id="test-1"), {"NUMBER": "112"}, seconds=1)
    assert paged == ["112"]
