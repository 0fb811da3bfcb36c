"""The guide to trunks and rules: its example is healthy, its output is real, and its table has every finding."""

import json
import re
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from offhook.checks.sip import CODES, examine, parse_config
from offhook.cli.main import _app

from .pages import ROOT

PAGE = (ROOT / "docs/trunks-and-rules.md").read_text(encoding="utf-8")


def test_the_smallest_configuration_has_no_faults() -> None:
    trunk, rule = (json.loads(one) for one in re.findall(r"<<'JSON'\n(.*?)\nJSON", PAGE, re.DOTALL))
    data: dict[str, Any] = {"inbound_trunks": [{**trunk["trunk"], "sip_trunk_id": "ST_main"}], "agents": ["front-desk"]}
    config = parse_config(json.dumps({**data, "dispatch_rules": [rule["dispatch_rule"]]}))
    diagnosis = examine(config, number="+15550001111")
    assert diagnosis.subjects == []
    assert diagnosis.path is not None
    assert diagnosis.path.code == ""
    assert json.loads((ROOT / "deploy/sip-good.json").read_text())["inbound_trunks"] == data["inbound_trunks"]


def test_the_output_is_what_the_doctor_prints() -> None:
    arguments = ["sip", "doctor", "--file", str(ROOT / "deploy/sip-faulty.json"), "--number", "+15550001111"]
    printed = CliRunner().invoke(_app(), arguments).stdout.split("\n\n")
    (shown,) = re.findall(r"<!-- output: sip doctor, tested -->\n\n```text\n(.*?)\n```", PAGE, re.DOTALL)
    call, rule = shown.split("\n\n")
    assert call in printed
    assert any(one.startswith(rule) for one in printed)


def test_the_table_has_every_finding() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (problem|warning|note) \| (.*) \|$", PAGE, re.MULTILINE)
    assert rows == [(code, kind.severity, kind.caller) for code, kind in CODES.items()]


def test_a_message_about_a_finding_is_one_line() -> None:
    assert all("\n" not in kind.caller and len(kind.caller) < 200 for kind in CODES.values())
    assert Path(ROOT / "deploy/sip-faulty.json").is_file()
