"""The image: the copied files exist, only locked packages are installed, and the user has no special rights."""

import fnmatch
import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINES = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
STEPS = [
    (word, rest.strip()) for word, _, rest in (line.partition(" ") for line in LINES.replace("\\\n", "").splitlines())
]
IGNORED = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
COPIED = [
    source for word, rest in STEPS if word == "COPY" and not rest.startswith("--from") for source in rest.split()[:-1]
]


def steps(word: str) -> list[str]:
    return [rest for step, rest in STEPS if step == word]


@pytest.mark.parametrize("source", COPIED)
def test_what_is_copied_is_there_and_is_not_ignored(source: str) -> None:
    assert (ROOT / source).exists()
    assert [pattern for pattern in IGNORED if fnmatch.fnmatch(source, pattern)] == []


def test_all_that_the_package_is_built_from_is_copied() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    hooks = project["tool"]["hatch"].get("build", {}).get("hooks", {})
    needed = {"pyproject.toml", "src", project["project"]["readme"], "LICENSE"}
    if "custom" in hooks:
        needed.add(hooks["custom"].get("path", "hatch_build.py"))
    assert needed <= set(COPIED)


@pytest.mark.parametrize("secret", [".env", ".env.local", ".env.production", ".git", ".offhook"])
def test_secrets_and_calls_stay_out(secret: str) -> None:
    assert [pattern for pattern in IGNORED if fnmatch.fnmatch(secret, pattern)]
    assert {source for source in COPIED if source in (".", "*")} == set()


def test_every_package_must_have_a_hash_of_the_lock() -> None:
    (dependencies,) = [run for run in steps("RUN") if "-r pyproject.toml" in run]
    assert {"--require-hashes", "-c"} <= set(dependencies.split())
    (ours,) = [run for run in steps("RUN") if run.startswith("uv ") and run.endswith(" .")]
    assert {"--no-deps", "--build-constraints"} <= set(ours.split())


def test_the_image_runs_as_user_10001_and_keeps_calls_in_a_volume() -> None:
    assert steps("USER") == ["10001:10001"]
    assert steps("VOLUME") == ["/app/.offhook"]
    assert "install -d -o 10001 -g 10001 -m 700 /app/.offhook" in steps("RUN")


def test_the_image_starts_as_livekits_tools_expect_it() -> None:
    assert [json.loads(rest) for rest in steps("CMD")] == [["python", "agents/agent.py", "start"]]
    assert steps("STOPSIGNAL") == ["SIGTERM"]


def test_the_health_check_asks_whether_it_lives_not_whether_it_is_ready() -> None:
    (check,) = steps("HEALTHCHECK")
    assert "127.0.0.1:8081/'" in check


def test_uv_has_the_version_of_the_makefile() -> None:
    (version,) = re.findall(r"^UV_VERSION := (\S+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert f"uv=={version}" in steps("RUN")[0]
