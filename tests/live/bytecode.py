"""Lends the compiled files of this environment to a new one, where compiling would cost ten seconds of a processor."""

import shutil
import sysconfig
from pathlib import Path

__all__ = ["lend_bytecode"]


def lend_bytecode(environment: Path) -> None:
    """Copy the compiled files. Python compiles a file anew where its source is another one than here."""
    ours = Path(sysconfig.get_path("purelib"))
    (theirs,) = environment.glob("lib/python*/site-packages")
    for folder in ours.rglob("__pycache__"):
        target = theirs / folder.relative_to(ours)
        if target.parent.is_dir():
            shutil.copytree(folder, target, dirs_exist_ok=True)
