"""Runs the `offhook` command in this process: to start a program takes half a second of the processor."""

import io
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from offhook.cli.main import main

__all__ = ["Done", "call", "offhook"]


@dataclass(frozen=True, slots=True)
class Done:
    """The end of a command, with the names of `subprocess.CompletedProcess`."""

    returncode: int
    stdout: str
    stderr: str


def offhook(*arguments: str, folder: Path, text: str = "", **environ: str) -> Done:
    """Run the command in this folder, with only these variables and PATH, and with this text as standard input."""
    return call(main, "offhook", *arguments, folder=folder, text=text, **environ)


def call(function: Callable[[], object], *argv: str, folder: Path, text: str = "", **environ: str) -> Done:
    """Call a function that ends with `sys.exit`, as a program is called."""
    out, errors = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(errors):
        for name in [*os.environ]:
            if name != "PATH":
                patch.delenv(name)
        for name, value in {"HOME": str(folder), **environ}.items():
            patch.setenv(name, value)
        patch.chdir(folder)
        patch.setattr(sys, "argv", [*argv])
        patch.setattr(sys, "stdin", io.StringIO(text))
        with pytest.raises(SystemExit) as ended:
            function()
    return Done(int(ended.value.code or 0), out.getvalue(), errors.getvalue())
