"""docs/metrics.md, the dashboard and the rules name what there is, and nothing else."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from jobs_api.alerts.kinds import KINDS
from jobs_api.metrics.catalog import CATALOG, METRICS
from jobs_api.metrics.samples import HEALTH

ROOT = Path(settings.BASE_DIR)
FOLDER = ROOT / "deploy" / "monitoring"
PAGE = (ROOT / "docs" / "metrics.md").read_text()
RULES = FOLDER / "prometheus-rules.yml"
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count")}
SERIES = {
    f"{metric.name}{suffix}": metric for metric in METRICS for suffix in SUFFIXES.get(metric.kind, ("",))
}
NAME = re.compile(r"\bjobs_api_\w+")
MATCHED = re.compile(r"(jobs_api_\w+)\s*\{([^}]*)\}")
NEEDS_PROMTOOL = pytest.mark.skipif(shutil.which("promtool") is None, reason="there is no promtool on PATH")


def rules():
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def dashboard():
    return json.loads((FOLDER / "grafana-dashboard.json").read_text())


def panels():
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def expressions():
    """Every PromQL that is committed, by where it is."""
    for rule in rules():
        yield f"rule {rule['alert']}", rule["expr"]
    for panel in panels():
        for target in panel["targets"]:
            yield f"panel {panel['title']} {target['refId']}", target["expr"]
    for block in re.findall(r"```promql\n(.*?)```", PAGE, re.DOTALL):
        for number, query in enumerate(block.split("\n\n")):
            yield (
                f"example {number}",
                "\n".join(line for line in query.splitlines() if not line.startswith("#")),
            )


# -- the page ---------------------------------------------------------------------------------


def test_the_page_lists_each_metric_with_its_type_and_labels_and_no_other():
    rows = re.findall(r"^\| `(jobs_api_\w+)` \| (\w+) \| (.*?) \| (.*) \|$", PAGE, re.MULTILINE)
    told = {name: (kind, tuple(re.findall(r"`(\w+)`", labels)), says) for name, kind, labels, says in rows}
    assert told == {metric.name: (metric.kind, metric.labels, metric.help) for metric in METRICS}
    assert len(rows) == len(METRICS)


def test_names_follow_the_conventions_of_prometheus():
    for name, metric in CATALOG.items():
        assert (metric.kind == "counter") == name.endswith("_total"), name
        assert (metric.kind == "info") == name.endswith("_info"), name
        assert metric.kind != "histogram" or name.endswith("_seconds"), name
        assert ("timestamp" in name) == name.endswith("_timestamp_seconds"), name
        assert {"job", "instance", "le", "actor", "token", "run"}.isdisjoint(metric.labels), name


def test_every_label_is_explained():
    rows = re.findall(
        r"^\| (`[^|]+) \| [^|`][^|]*|^\| (`[^|]+) \| ", section("Labels are bounded"), re.MULTILINE
    )
    told = {label for row in rows for label in re.findall(r"`(\w+)`", "".join(row))}
    assert {label for metric in METRICS for label in metric.labels} - {"version", "django"} <= told


def section(heading):
    (found,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    return found


# -- what asks for them -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "query"),
    list(expressions()),
    ids=lambda value: value if " " in value and len(value) < 80 and "(" not in value else "",
)
def test_a_query_asks_for_what_there_is(where, query):
    names = {name for name in NAME.findall(query) if name not in ("jobs_api_job",)}
    assert names, "it asks for nothing"
    assert names <= SERIES.keys()
    for name, matchers in MATCHED.findall(query):
        labels = re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers)
        assert set(labels) <= {*SERIES[name].labels, "le"}, f"{name} has no such label"
    assert set(re.findall(r'health="(\w+)"', query)) <= set(HEALTH)


def test_each_metric_that_calls_for_action_has_a_rule():
    asked = " ".join(rule["expr"] for rule in rules())
    for health in ("failing", "missed", "overdue"):
        assert f'health="{health}"' in asked
    for name in (
        "jobs_api_source_silent",
        "jobs_api_source_last_call_timestamp_seconds",
        "jobs_api_database_reachable",
    ):
        assert name in asked
    assert {"failed", "missed", "overdue", "source_silent"} <= KINDS.keys()


def test_a_rule_names_what_it_is_about_and_a_command():
    for rule in rules():
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert set(rule["annotations"]) == {"summary", "description"}
        for command in re.findall(r"manage\.py (jobs_\w+)", rule["annotations"]["description"]):
            known = {path.stem for path in (ROOT / "jobs_api/management/commands").glob("jobs_*.py")}
            assert command in {*known, "jobs_alert_test"}, command


@NEEDS_PROMTOOL
def test_promtool_accepts_the_rules_and_they_fire_on_the_right_data():
    for words in (["check", "rules", RULES], ["test", "rules", Path(__file__).with_name("rules.yml")]):
        said = subprocess.run(["promtool", *map(str, words)], capture_output=True, text=True, timeout=60)
        assert said.returncode == 0, said.stdout + said.stderr


@NEEDS_PROMTOOL
def test_promtool_accepts_the_configuration():
    words = ["check", "config", "--syntax-only", str(FOLDER / "prometheus.yml")]
    said = subprocess.run(["promtool", *words], capture_output=True, text=True, timeout=60)
    assert said.returncode == 0, said.stdout + said.stderr


def test_each_rule_is_tested_on_data_that_fires_it_and_on_data_that_does_not():
    cases = [
        case
        for test in yaml.safe_load(Path(__file__).with_name("rules.yml").read_text())["tests"]
        for case in test["alert_rule_test"]
    ]
    for rule in rules():
        about = [case for case in cases if case["alertname"] == rule["alert"]]
        assert {bool(case.get("exp_alerts")) for case in about} == {True, False}, rule["alert"]


# -- the dashboard ----------------------------------------------------------------------------


def test_grafana_can_import_the_dashboard():
    board = dashboard()
    assert (board["id"], board["uid"], board["title"]) == (None, "jobs-api", "Jobs")
    assert board["schemaVersion"] >= 36
    source, job = board["templating"]["list"]
    assert (source["name"], source["type"], source["query"]) == ("datasource", "datasource", "prometheus")
    assert (job["name"], job["type"]) == ("job_name", "query")
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    used = {panel["type"] for panel in board["panels"]} - {"row"}
    assert used == {each["id"] for each in board["__requires"] if each["type"] == "panel"}


def test_each_panel_reads_the_chosen_data_source_and_none_lies_on_another():
    taken = set()
    for panel in dashboard()["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells
    for panel in panels():
        sources = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
        assert {json.dumps(each) for each in sources} == {'{"type": "prometheus", "uid": "${datasource}"}'}
        assert panel["title"]
