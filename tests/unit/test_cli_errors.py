"""Errors on the terminal keep their lines, and nothing in them controls the terminal."""

import pytest

from offhook.cli.errors import exit_with_error
from offhook.core.errors import OffhookError


def test_an_error_keeps_its_lines_and_loses_its_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        exit_with_error(OffhookError("two mistakes:\none\x1b[2J\ntwo"), 7)
    assert caught.value.code == 7
    assert capsys.readouterr().err == "offhook: two mistakes:\none [2J\ntwo\n"
