"""Import rules, checked in fresh interpreters and in the source."""

import subprocess
import sys

import pytest

from .sources import ROOT, SOURCES, survey

LOADED = """
import importlib, pkgutil, sys
for name in sys.argv[1:]:
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(getattr(package, "__path__", []), package.__name__ + "."):
        importlib.import_module(module.name)
print(*sys.modules)
"""


def loaded(*packages: str) -> set[str]:
    """The modules of a fresh interpreter after it has imported these packages."""
    return set(fresh(LOADED, *packages).split())


def fresh(code: str, *arguments: str) -> str:
    """The lines that this code prints in a fresh interpreter."""
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=100).stdout


RUNS_CALLS = {"announce", "call", "room", "session", "worker"}


@pytest.mark.slow
def test_what_decides_needs_no_livekit_and_no_loop() -> None:
    needless = {"livekit", "asyncio", "logging"}  # pydantic, which reads commands, loads `threading`
    assert loaded("offhook.core", "offhook.policies") & needless == set()


@pytest.mark.slow
def test_what_runs_beside_the_calls_needs_no_livekit() -> None:
    names = ("engine", "journal", "reports", "dev", "tokens", "settings", "selection", "cli")
    assert loaded(*(f"offhook.{name}" for name in names)) & {"livekit", "livekit.agents"} == set()


@pytest.mark.slow
def test_commands_from_outside_need_no_agents() -> None:
    modules = loaded("offhook.control", "offhook.checks", "offhook.api")
    assert "livekit.protocol" in modules
    assert "livekit.agents" not in modules


@pytest.mark.slow
def test_importing_offhook_loads_nothing_else() -> None:
    modules = fresh("import sys, offhook; print(*sys.modules)").split()
    assert [name for name in modules if name.startswith("offhook")] == ["offhook"]
    assert {"livekit", "asyncio"} & set(modules) == set()


@pytest.mark.slow
def test_a_package_can_be_imported_by_itself_whichever_comes_first() -> None:
    names = sorted({".".join(path.relative_to(ROOT / "src").with_suffix("").parts) for path in SOURCES})
    heavy = [name for name in names if {*name.split(".")[1:-1]} & RUNS_CALLS]
    fresh("import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]", *reversed(heavy))


LISTED = {
    # Subclasses of LiveKit's models need these names; LiveKit has no public ones.
    "models/offline": {"_run", "_event_ch", "_input_ch", "_recognize_impl", "_synth"},
    "testing/compare": {"_FlushSentinel", "_event_ch", "_input_ch", "_llm", "_mark_started", "_tts"},
    "testing/simulation": {"_event_ch", "_exit"},  # the same, and os._exit; others are in job.py, with a test
    "dev": {"_exit"},  # os._exit, after fork
    "worker": {"_exit"},  # the same
}


@pytest.mark.slow
def test_no_private_name_of_livekit_is_used() -> None:
    """A folder may only use underscore names that it defines itself."""
    strangers: dict[str, set[str]] = {}
    for folder in {path.parent for path in SOURCES}:
        files = [survey(path) for path in folder.glob("*.py")]
        name = folder.relative_to(ROOT / "src/offhook").as_posix()
        used = set().union(*(file.private for file in files))
        if foreign := used - set().union(*(file.own for file in files)) - LISTED.get(name, set()):
            strangers[name] = foreign
    assert strangers == {}


def test_private_modules_are_not_imported() -> None:
    private = [
        f"{path.name}: {module}"
        for path in SOURCES
        for module in survey(path).imports
        if any(part.startswith("_") and not part.startswith("__") for part in module.split("."))
    ]
    assert private == []
