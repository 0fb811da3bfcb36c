"""The list of checks for the given settings."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from offhook.checks.checklist import CheckContext, check_list
from offhook.checks.run import run_checks
from offhook.settings import Settings

ALWAYS = ["versions", "settings", "agent"]
LAST = ["capacity", "port", "journal", "disk"]
KEYS = {name: SecretStr(f"canary-{name}") for name in ("deepgram_api_key", "openai_api_key", "cartesia_api_key")}


def names(folder: Path, **wanted: Any) -> list[str]:
    return [trial.name for trial in check_list(Settings(**wanted), CheckContext({}, folder))]


def made(folder: Path, **wanted: Any) -> dict[str, Any]:
    """Return the findings without the network, by name."""
    around = CheckContext({"PATH": ""}, folder, network=False)
    settings = Settings(journal=folder / "journal.db", cache=folder, **wanted)
    return {check.name: check for check in asyncio.run(run_checks(check_list(settings, around)))}


def test_without_anything_set_the_offline_models_and_a_local_server_are_checked(tmp_path: Path) -> None:
    assert names(tmp_path) == [*ALWAYS, "server", "models", "vad", "stt", "llm", "tts", *LAST]


def test_with_keys_and_a_server_the_stand_ins_and_the_clock_are_checked_too(tmp_path: Path) -> None:
    server = {"livekit_url": "ws://x", "livekit_api_key": "k", "livekit_api_secret": SecretStr("s")}
    stages = ["vad", "stt", "stt fallback", "llm", "tts", "tts fallback"]
    assert names(tmp_path, **KEYS, **server) == [*ALWAYS, "server", "clock", "models", *stages, *LAST]


def test_a_realtime_model_takes_the_place_of_ears_and_brain(tmp_path: Path) -> None:
    found = names(tmp_path, **KEYS, realtime="openai")
    assert [name for name in found if name in ("realtime", "stt", "llm", "tts")] == ["realtime", "tts"]


def test_choices_that_cannot_be_made_are_problems_each_with_its_advice(tmp_path: Path) -> None:
    found = made(tmp_path, preset="cloud")
    assert (found["models"].state, "DEEPGRAM_API_KEY" in found["models"].detail) == ("problem", True)
    assert found["models"].todo.startswith("set ")


@pytest.mark.parametrize("there", ["livekit_api_key", "livekit_api_secret"])
def test_half_a_server_is_a_problem_that_names_the_other_half(tmp_path: Path, there: str) -> None:
    found = made(tmp_path, livekit_url="ws://x", **{there: "x"})
    other = {"livekit_api_key": "LIVEKIT_API_SECRET", "livekit_api_secret": "LIVEKIT_API_KEY"}[there]
    assert (found["server"].state, found["server"].todo) == ("problem", f"set {other}")


def test_offline_nobody_on_the_network_is_asked(tmp_path: Path) -> None:
    server = {"livekit_url": "ws://x", "livekit_api_key": "k", "livekit_api_secret": SecretStr("s")}
    found = made(tmp_path, **KEYS, **server)
    asked = {name for name, check in found.items() if check.state != "skipped"}
    assert asked == {"versions", "settings", "models", "vad", *LAST}


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ({"llm_url": "http://127.0.0.1:1/v1", "llm": "local/x"}, "OFFHOOK_LLM_URL"),
        ({"local_url": "http://127.0.0.1:1/v1", "llm": "local/x"}, "OFFHOOK_LOCAL_URL"),
        ({**KEYS, "openai_base_url": "http://127.0.0.1:1/v1"}, "OPENAI_BASE_URL"),
    ],
)
async def test_the_advice_names_the_variable_that_leads_there(tmp_path: Path, wanted: Any, name: str) -> None:
    look = next(
        trial.look for trial in check_list(Settings(**wanted), CheckContext({}, tmp_path)) if trial.name == "llm"
    )
    found = await look()
    assert (found.state, found.todo.startswith(f"check {name};")) == ("problem", True), found


async def test_a_stand_in_that_does_not_work_is_a_warning(tmp_path: Path) -> None:
    settings = Settings(**KEYS, openai_base_url="http://127.0.0.1:1/v1")
    found = await next(
        trial.look for trial in check_list(settings, CheckContext({}, tmp_path)) if "fallback" in trial.name
    )()
    assert found.state == "warning"


async def test_the_port_is_the_usual_one_when_the_file_cannot_tell(tmp_path: Path) -> None:
    look = next(trial.look for trial in check_list(Settings(), CheckContext({}, tmp_path)) if trial.name == "port")
    assert (await look()).detail.startswith("8081 ")
