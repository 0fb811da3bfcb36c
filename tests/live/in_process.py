"""Runs an `offhook` command in the process of the test, because each start of Python costs a second of a processor."""

import asyncio
import io
import json
import os
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from offhook.cli.main import main

__all__ = ["Done", "offhook", "run_offhook"]


@dataclass(frozen=True, slots=True)
class Done:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


async def offhook(*arguments: str | Path, folder: Path, environ: Mapping[str, str]) -> Done:
    """Run the command in this folder with exactly these variables. Only one command runs at a time."""
    return await asyncio.to_thread(run_offhook, *arguments, folder=folder, environ=environ)


def run_offhook(*arguments: str | Path, folder: Path, environ: Mapping[str, str]) -> Done:
    """Run a command in the main thread, because the command handles signals."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name in os.environ:
            patch.delenv(name)
        for name, value in environ.items():
            patch.setenv(name, value)
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["offhook", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
    assert isinstance(ended.value.code, int), ended.value.code
    return Done(ended.value.code, out.getvalue(), err.getvalue())
