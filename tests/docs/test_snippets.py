"""Every Python block of the documents runs, and every command in them exists."""

import json
import os
import re
import shlex
import subprocess
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from typer.main import get_command

from offhook.api import application
from offhook.cli.agent import USAGE
from offhook.cli.main import _app
from offhook.core.commands import parse_command

from .pages import DOCUMENTS, ROOT, blocks

BLOCKS = [block for path in DOCUMENTS for block in blocks(path)]
SNIPPETS = {f"snippet_{number}": block for number, block in enumerate(BLOCKS) if block.kind == "python"}
COMMANDS = [
    (block.where, line.strip())
    for block in BLOCKS
    if block.kind == "sh"
    for line in block.text.replace("\\\n", " ").splitlines()
    if line.strip() and not line.startswith("#")
]


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The errors of each snippet; all snippets run in one process without keys and without a server."""
    folder = tmp_path_factory.mktemp("snippets")
    for name, block in SNIPPETS.items():
        (folder / f"{name}.py").write_text(block.text, encoding="utf-8")
    hidden = ("LIVEKIT_", "OFFHOOK_", "DEEPGRAM_", "OPENAI_", "CARTESIA_")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    script = Path(__file__).with_name("run_snippets.py")
    command = [sys.executable, str(script), str(folder)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder, env=environ, timeout=110)
    assert done.returncode == 0, done.stderr
    answer: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.mark.slow
@pytest.mark.parametrize("name", SNIPPETS, ids=[block.where for block in SNIPPETS.values()])
def test_python_snippet_runs(name: str, wrong: dict[str, str]) -> None:
    assert name not in wrong, wrong[name]


def test_every_command_in_a_document_exists() -> None:
    for where, line in COMMANDS:
        try:
            check_command(line)
        except Exception as error:
            raise AssertionError(f"{where}: `{line}`") from error


def check_command(line: str) -> None:
    match shlex.split(line):
        case ["offhook", command, *arguments]:
            check_offhook(command, arguments)
        case ["make", word]:
            subprocess.run(["make", "-n", word], cwd=ROOT, check=True, capture_output=True, timeout=60)
        case ["python", file, command, *_] if file.startswith("agents/"):
            assert f"\n  {command} " in USAGE
        case [".", ".venv/bin/activate"]:
            assert "-m venv .venv" in (ROOT / "Makefile").read_text(encoding="utf-8")
        case [".venv/bin/python", "-m", "pytest", "tests/test_hotel.py"]:
            pass  # the reader of the tutorial writes this file
        case [".venv/bin/python", "-m", "pytest", path, *_]:
            assert (ROOT / path).exists()
        case [".venv/bin/python", "-m", module, *_]:
            assert (ROOT / f"{module.replace('.', '/')}.py").is_file()
        case ["cp", source, _]:
            assert (ROOT / source).is_file()
        case ["curl" | "docker" as program, *arguments]:
            (check_curl if program == "curl" else check_docker)(arguments)
        case _:
            raise LookupError("nobody knows how to check this command; teach it here")


commands = cache(lambda: get_command(_app()))
"""All commands of the CLI. Typer takes 20 ms to build them."""


def check_offhook(command: str, arguments: list[str]) -> None:
    """Parse the command line without running the command."""
    group = commands()
    found = group.get_command(group.make_context("offhook", [command], resilient_parsing=True), command)  # type: ignore[attr-defined]  # typer says Command, and it is a Group
    assert found is not None, f"there is no `offhook {command}`"
    context = found.make_context(command, list(arguments))
    if hasattr(found, "resolve_command"):
        _, inner, rest = found.resolve_command(context, list(arguments))
        inner.make_context(command, rest)


def check_curl(arguments: list[str]) -> None:
    """Check that the HTTP API has a route for this request, and that a body is a command."""
    (address,) = (urlsplit(one) for one in arguments if one.startswith("http://127.0.0.1:7895/"))
    body = arguments[arguments.index("--json") + 1] if "--json" in arguments else None
    method = "POST" if body is not None or "POST" in arguments else "GET"
    routes = [(route.method, route.resource) for route in application().router.routes() if route.resource]
    found = [one for known, one in routes if known == method and re.fullmatch(_pattern(one.canonical), address.path)]
    assert found, f"there is no {method} {address.path}"
    if body is not None:
        parse_command({"name": address.path.rpartition("/")[2], **json.loads(body)})


def _pattern(path: str) -> str:
    return re.sub(r"\{\w+\}", "[^/]+", path)


def check_docker(arguments: list[str]) -> None:
    volumes = [after.partition(":")[2] for before, after in pairwise(arguments) if before == "--volume"]
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert all(f"VOLUME {volume}\n" in text for volume in volumes)


def test_every_block_says_what_it_is() -> None:
    known = {"python", "sh", "text"}
    signatures = {"pyi"}  # in the reference, which is generated from the code
    wrong = [block.where for block in BLOCKS if block.kind not in known | (signatures if made(block.where) else set())]
    assert wrong == []


def made(where: str) -> bool:
    return where.startswith("docs/reference/")


def test_smallest_agent_in_the_readme_is_the_file() -> None:
    agent = (ROOT / "agents" / "agent.py").read_text(encoding="utf-8")
    assert agent in [block.text for block in BLOCKS if block.where.startswith("README.md")]
