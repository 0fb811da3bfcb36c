"""Runs the quick tests with the newest LiveKit packages of the index, and with the oldest that pyproject.toml allows.

The newest may be newer than pyproject.toml allows: the run shows whether the upper bound can be raised.
"""

import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

__all__ = ["main"]

ROOT = Path(__file__).parents[2]
UV = ROOT / ".venv" / "bin" / "uv"
TESTS = ("tests/unit", "-m", "not slow", "-q", "-n", "auto", "--timeout", "120", "--timeout-method", "thread")


def main() -> int:
    """Run the tests once with each set of packages; the exit code is 0 if all pass."""
    ranges = dict(_ranges())
    sets = {
        "newest": ("--override", list(ranges)),
        "oldest": ("--constraint", [f"{name}=={lowest}" for name, lowest in ranges.items()]),
    }
    return max(_run(name, option, lines) for name, (option, lines) in sets.items())


def _ranges() -> Iterator[tuple[str, str]]:
    """The LiveKit packages of pyproject.toml, each with its lowest version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for requirement in project["dependencies"]:
        if requirement.startswith("livekit"):
            name, _, versions = requirement.partition(">=")
            yield name, versions.split(",")[0]


def _run(name: str, option: str, lines: list[str]) -> int:
    home = ROOT / ".cache" / "upstream" / name
    python = home / "bin" / "python"
    given = home.with_suffix(".txt")
    given.parent.mkdir(parents=True, exist_ok=True)
    given.write_text("\n".join(lines) + "\n", encoding="utf-8")
    _call(str(UV), "venv", "--quiet", "--clear", "--python", sys.executable, str(home))
    install = (str(UV), "pip", "install", "--quiet", "--python", str(python))
    _call(*install, "--group", "dev", "--editable", ".[offline,testing]", option, str(given))
    listed = subprocess.run(
        [str(UV), "pip", "freeze", "--python", str(python)], capture_output=True, text=True, check=True
    ).stdout
    versions = sorted(line for line in listed.splitlines() if line.startswith("livekit"))
    print(f"{name}:", *versions, flush=True)  # noqa: T201  # a program for the terminal
    return subprocess.run([str(python), "-m", "pytest", *TESTS], cwd=ROOT, env=_environ(), check=False).returncode


def _call(*command: str) -> None:
    subprocess.run(command, cwd=ROOT, env=_environ(), check=True)


def _environ() -> Mapping[str, str]:
    return {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}


if __name__ == "__main__":
    sys.exit(main())
