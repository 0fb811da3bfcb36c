"""A simulated call leaves nothing behind."""

from pathlib import Path

import pytest

from offhook.testing import simulate

DESK = Path(__file__).parents[3] / "agents" / "agent.py"


def test_a_simulated_call_writes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFHOOK_JOURNAL", str(tmp_path / "journal.db"))
    assert simulate(DESK).reason == "silence"
    assert list(tmp_path.iterdir()) == []
