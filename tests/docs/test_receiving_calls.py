"""The guide to receiving calls: its file of routes is valid, and its output is real."""

import re
from pathlib import Path

from typer.testing import CliRunner

from offhook import Routes
from offhook.cli.main import _app

from .pages import ROOT

PAGE = (ROOT / "docs/receiving-calls.md").read_text(encoding="utf-8")


def test_the_file_of_routes_is_valid(tmp_path: Path) -> None:
    (text,) = re.findall(r"```text\n(default = .*?)```", PAGE, re.DOTALL)
    (tmp_path / "routes.toml").write_text(text, encoding="utf-8")
    assert [one.name for one in Routes.from_toml(tmp_path / "routes.toml").routes] == ["acme", "gold", "old number"]


def test_the_output_is_what_explain_prints() -> None:
    arguments = ["routes", "explain", str(ROOT / "agents/support.py"), "--dialled", "+15550188"]
    (shown,) = re.findall(r"<!-- output: routes explain, tested -->\n\n```text\n(.*?)```", PAGE, re.DOTALL)
    assert CliRunner().invoke(_app(), arguments).stdout == shown
