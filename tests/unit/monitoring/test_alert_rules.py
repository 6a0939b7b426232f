"""The alert rules: `promtool` takes them and they fire when they should; each leads to a paragraph that says what to do."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from crushpad.metrics import METRICS
from tests.promtool import PromtoolMissing, find_promtool

REPOSITORY = Path(__file__).parents[3]
MONITORING = REPOSITORY / "monitoring"
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((MONITORING / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
TESTS: dict[str, Any] = yaml.safe_load((MONITORING / "alerts_test.yml").read_text(encoding="utf-8"))
NAMES = {name for metric in METRICS for name in metric.samples}


@pytest.mark.parametrize("arguments", [["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]])
def test_promtool_takes_the_rules_and_their_tests(arguments: list[str]):
    done = subprocess.run(
        [find_promtool(), *arguments], cwd=MONITORING, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_where_there_is_no_promtool_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CRUSHPAD_CACHE_DIR", str(tmp_path))

    with pytest.raises(PromtoolMissing, match="install Prometheus"):
        find_promtool()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_names_only_metrics_of_the_list(rule: dict[str, Any]):
    named = set(re.findall(r"\bcrushpad_\w+", rule["expr"]))

    assert named <= NAMES
    assert named or rule["alert"] == "CrushpadDown"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_leads_to_the_paragraph_that_says_what_to_do(rule: dict[str, Any]):
    page, _, anchor = rule["annotations"]["runbook"].partition("#")

    headings = re.findall(r"^### (\w+)$", (REPOSITORY / page).read_text(encoding="utf-8"), re.MULTILINE)

    assert rule["alert"] in headings
    assert anchor == rule["alert"].lower()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_is_tested_both_ways(rule: dict[str, Any]):
    cases = [case for test in TESTS["tests"] for case in test["alert_rule_test"] if case["alertname"] == rule["alert"]]

    assert any(case.get("exp_alerts") for case in cases)
    assert any(not case.get("exp_alerts") for case in cases)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_has_a_severity_and_says_what_is_wrong(rule: dict[str, Any]):
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["description"]
