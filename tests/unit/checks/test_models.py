"""The checks of the models that an agent file makes, from the answer of the program that ran the file."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from offhook.checks.file_models import FileModels, MadeModel
from offhook.checks.finding import Check, ok
from offhook.checks.models import ModelChecks, fixed
from offhook.checks.run import CheckGroup, CheckSpec, run_checks
from offhook.settings import Settings

FILE = Path("agent.py")
ELEVEN = MadeModel("tts", "plugin", "flash", plugin="elevenlabs", kind="TTS")
OPENAI = MadeModel("llm", "plugin", "gpt-4.1-mini", plugin="openai", kind="LLM", usual=True)
INFERENCE = MadeModel("stt", "inference", "deepgram/nova-3")


def checked(
    *models: MadeModel, environ: dict[str, str] | None = None, serves: bool = False, network: bool = True, **found: Any
) -> list[tuple[str, str, str, str]]:
    """Name, state, detail and advice of each check of a file that made these models."""
    settings = Settings(**{name: found.pop(name) for name in ("livekit_url",) if name in found})
    checks = ModelChecks(settings, environ or {}, network=network, limit=3)
    made = FileModels(list(models), **{"started": True, **found})
    results = asyncio.run(run_checks(list(checks.made(made, FILE, serves=serves))))
    return [(one.name, one.state, one.detail, one.todo) for one in results]


def test_presets_that_the_file_does_not_use_are_not_checked() -> None:
    own = MadeModel("stt", "own", "agent.Ears")
    assert checked(own, MadeModel("turn detection", "mode", "vad")) == [
        ("models", "ok", "made by agent.py, at session.start", ""),
        ("stt", "ok", "agent.Ears, defined in the file's own code", ""),
        ("turn detection", "ok", "vad", ""),
    ]


def test_of_the_presets_those_that_the_file_uses_are_checked() -> None:
    found = checked(MadeModel("vad", "offhook", "silero"), MadeModel("stt", "own", "agent.Ears"))
    assert [name for name, *_ in found] == ["models", "vad", "stt"]
    assert found[0][2].startswith("preset offline: ")
    assert found[0][2].endswith("(used for vad)")
    whole = checked(*(MadeModel(stage, "offhook") for stage in ("vad", "stt", "llm", "tts")))
    assert [name for name, *_ in whole] == ["models", "vad", "stt", "llm", "tts"]
    assert "used for" not in whole[0][2]


def test_a_key_that_a_plugin_looked_for_in_vain_is_named_and_the_error_of_the_start_is_not_told_twice() -> None:
    missing = {"elevenlabs": ["ELEVEN_API_KEY"]}
    found = checked(ELEVEN, missing=missing, errors=["agent.py:12: ValueError: no key"])
    assert found[1:] == [("tts", "problem", "elevenlabs.TTS flash: there is no key", "set ELEVEN_API_KEY")]
    assert [name for name, *_ in found] == ["models", "tts"]
    assert checked(ELEVEN)[1][1:3] == ("ok", "elevenlabs.TTS flash: made without an error; its key was not tried")


def test_a_fallback_without_a_key_is_a_warning() -> None:
    found = checked(OPENAI, ELEVEN.as_fallback(), missing={"elevenlabs": ["ELEVEN_API_KEY"]})
    assert found[-1][:3] == ("tts fallback", "warning", "elevenlabs.TTS flash: there is no key")


def test_livekit_inference_needs_a_key_of_livekit_cloud() -> None:
    def inference(**given: Any) -> tuple[str, str]:
        _, state, detail, _ = checked(INFERENCE, **given)[-1]
        return state, detail

    who = "LiveKit Inference deepgram/nova-3: "
    assert inference() == ("problem", f"{who}needs a key of LiveKit Cloud, and LIVEKIT_URL is not set")
    assert inference(livekit_url="wss://desk.livekit.cloud")[0] == "ok"
    assert inference(livekit_url="ws://desk.example")[1] == (
        f"{who}needs a key of LiveKit Cloud, and ws://desk.example is another server"
    )
    assert inference(environ={"LIVEKIT_INFERENCE_API_KEY": "k"})[0] == "ok"
    assert inference(environ={"LIVEKIT_INFERENCE_URL": "http://127.0.0.1:1/v1"})[0] == "ok"


def test_why_no_session_starts_is_a_problem_with_its_advice() -> None:
    raised = checked(errors=["agent.py:5: KeyError: 'x'"], started=False)
    assert raised == [
        (
            "session",
            "problem",
            "agent.py:5: KeyError: 'x'",
            "fix the error; see the whole call with: offhook simulate agent.py",
        )
    ]
    told = checked(errors=["agent.py:5: KeyError: 'x'; give the metadata"], started=False)
    assert told[0][2:] == ("agent.py:5: KeyError: 'x'", "give the metadata")
    assert checked(started=False)[0][:3] == (
        "session",
        "warning",
        "agent.py starts no session, so its models are not known",
    )
    assert "does not reach session.start within 30 s" in checked(started=False, late=True)[0][2]


def test_without_a_session_the_presets_of_a_plan_are_checked() -> None:
    found = checked(errors=["agent.py:5: KeyError: 'x'"], started=False, serves=True)
    assert [name for name, *_ in found] == ["session", "models", "vad", "stt", "llm", "tts"]


def test_only_a_model_with_the_usual_key_and_address_is_asked_for() -> None:
    environ = {"OPENAI_API_KEY": "sk-canary", "OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}
    assert checked(OPENAI, environ=environ, network=False)[-1][1:3] == ("skipped", "not checked: --offline")
    with_key = MadeModel("llm", "plugin", "gpt-4.1-mini", plugin="openai", kind="LLM")
    assert checked(with_key, environ=environ)[-1][1] == "ok"
    assert checked(OPENAI)[-1][1] == "ok"  # the file reads the key from a file of its own


async def test_a_model_that_the_provider_does_not_have_is_a_problem(
    serving: Callable[..., Awaitable[str]],
) -> None:
    url = await serving({"/v1/models": {"data": [{"id": "gpt-4.1-nano"}]}})
    environ = {"OPENAI_API_KEY": "sk-canary", "OPENAI_BASE_URL": f"{url}/v1"}
    checks = ModelChecks(Settings(), environ, network=True, limit=3)
    *_, found = await run_checks(list(checks.made(FileModels([OPENAI], started=True), FILE, serves=False)))
    assert (found.name, found.state, found.todo) == ("llm", "problem", "did you mean gpt-4.1-nano?")


async def test_checks_that_become_known_late_keep_their_place() -> None:
    told: list[str] = []

    async def find() -> list[CheckSpec]:
        return [CheckSpec("stt", fixed(ok("a"))), CheckSpec("tts", fixed(ok("b")))]

    specs = [CheckSpec("first", fixed(ok("x"))), CheckGroup("models", find, limit=1), CheckSpec("last", fixed(ok("y")))]
    results: tuple[Check, ...] = await run_checks(specs, done=told.append)
    assert [one.name for one in results] == ["first", "stt", "tts", "last"]
    assert sorted(told) == ["first", "last", "models"]


async def test_checks_that_never_become_known_are_given_up() -> None:
    async def find() -> list[CheckSpec]:
        await asyncio.Event().wait()
        return []

    (found,) = await run_checks([CheckGroup("models", find, limit=-1)])
    assert (found.name, found.state, found.detail) == ("models", "warning", "no result within 0 s")
