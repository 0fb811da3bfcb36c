"""Which models a call gets, the summary of the selection, and the modules that are imported for it."""

import asyncio
import subprocess
import sys

import pytest
from livekit.agents import inference, tts

from offhook.core.errors import PlanError, SettingsError
from offhook.models import build_tts, check_turn_detection, choose, import_plugins, preload_names, preload_plugins
from offhook.models.build import describe
from offhook.models.offline.voice import OfflineVoice
from offhook.settings import Settings

KEYS = {"deepgram_api_key": "d", "openai_api_key": "o", "cartesia_api_key": "c"}


@pytest.mark.parametrize("given", [{}, KEYS, {"openai_api_key": "o", "realtime": "openai"}])
async def test_models_carry_the_line_that_tells_them(given: dict[str, str]) -> None:
    models = choose(Settings(**given))
    assert models.note == describe(Settings(**given))
    assert models.note.startswith(f"models: {models.preset} (")


def test_cloud_without_keys_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match="needs DEEPGRAM_API_KEY and CARTESIA_API_KEY; "):
        choose(Settings(preset="cloud", openai_api_key="k"))


@pytest.mark.parametrize(
    ("given", "detector"),
    [
        ({}, "vad"),
        ({"stt": "pocketsphinx", **KEYS}, "vad"),
        ({"turn_detection": "stt", **KEYS}, "stt"),
        ({"turn_detection": "vad", **KEYS}, "vad"),
        ({**KEYS, "stt": "deepgram/flux-general-en"}, "stt"),
        ({**KEYS, "stt": "deepgram/flux-general-en", "turn_detection": "vad"}, "vad"),
        ({"realtime": "openai", **KEYS}, "realtime_llm"),
        ({"realtime": "openai", "turn_detection": "vad", **KEYS}, "vad"),
    ],
)
async def test_who_decides_that_the_caller_has_finished(given: dict[str, str], detector: str) -> None:
    handling = choose(Settings(**given)).turn_handling
    assert handling["turn_detection"] == detector
    assert handling["interruption"] == {"mode": "vad"}


@pytest.mark.parametrize("dev", ["0", "1"])
@pytest.mark.parametrize(
    "given", [KEYS, {"stt_url": "http://h", "preset": "offline"}, {"preset": "offline", "stt": "openai", **KEYS}]
)
async def test_turns_are_detected_on_this_machine_in_dev_and_start(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], dev: str
) -> None:
    monkeypatch.setenv("LIVEKIT_DEV_MODE", dev)
    handling = choose(Settings(**given)).turn_handling
    assert isinstance(handling["turn_detection"], inference.TurnDetector)
    assert handling["turn_detection"].model == "turn-detector-v1-mini"
    assert handling["interruption"] == {"mode": "vad"}


def test_a_misspelt_turn_detection_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(PlanError, match="turn_detection='vadd' is unknown; did you mean 'vad'\\?"):
        check_turn_detection("vadd")


def test_a_turn_detection_far_from_any_name_lists_them() -> None:
    with pytest.raises(PlanError, match="use one of stt, vad, realtime_llm, manual"):
        check_turn_detection("x")


@pytest.mark.parametrize("value", ["stt", "vad", "realtime_llm", "manual", None, object()])
def test_real_turn_detections_pass(value: object) -> None:
    check_turn_detection(value)


def test_the_voice_alone_is_the_voice_of_the_call() -> None:
    async def made() -> tts.TTS:
        return build_tts(Settings())

    assert isinstance(asyncio.run(made()), OfflineVoice)


DEEP, OPEN, CART, SILERO = (f"livekit.plugins.{name}" for name in ("deepgram", "openai", "cartesia", "silero"))
CLIENT = "offhook.models.preload_openai"
STT, LLM, TTS = (f"offhook.models.offline.{name}" for name in ("preload_stt", "front_desk", "preload_tts"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({}, [STT, LLM, TTS]),
        (KEYS, [DEEP, OPEN, CART, CLIENT]),
        ({"tts": "offline", **KEYS}, [DEEP, OPEN, CLIENT, TTS]),
        ({"llm": "responses", "openai_api_key": "o"}, [OPEN, CLIENT, STT, TTS]),
        ({"vad": "silero", "preset": "offline"}, [SILERO, STT, LLM, TTS]),
        ({"realtime": "openai", "openai_api_key": "o"}, [OPEN, CLIENT]),
    ],
)
def test_only_what_was_chosen_is_preloaded_and_warmed(given: dict[str, str], names: list[str]) -> None:
    settings = Settings(**given)
    assert preload_names(settings) == names
    import_plugins(settings)
    preload_plugins(settings)
    assert set(names) <= set(sys.modules)


LATE = f"""
import asyncio, sys
import {CLIENT}
from livekit.agents import APIConnectionError, APIConnectOptions, llm
from livekit.plugins import openai

async def ask():
    model, context = openai.LLM(model="any", api_key="none", base_url="http://127.0.0.1:9/v1"), llm.ChatContext.empty()
    context.add_message(role="user", content="hello")
    await anext(aiter(model.chat(chat_ctx=context, conn_options=APIConnectOptions(max_retry=0, timeout=0.01))))

before = set(sys.modules)
try:
    asyncio.run(ask())
except APIConnectionError:
    print(*(set(sys.modules) - before))
"""


@pytest.mark.slow
def test_the_first_request_of_a_call_imports_nothing_of_the_client() -> None:
    done = subprocess.run([sys.executable, "-c", LATE], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == []


@pytest.mark.slow
def test_no_plugin_is_imported_that_was_not_chosen() -> None:
    code = (
        "import asyncio, sys\nfrom offhook.models import choose, import_plugins\n"
        "from offhook.settings import Settings\n"
        "settings = Settings(preset='offline', llm='openai', openai_api_key='o')\nimport_plugins(settings)\n"
        "async def made(): choose(settings)\nasyncio.run(made())\n"
        "print(*sorted(name for name in sys.modules if name.count('.') == 2 and name.startswith('livekit.plugins.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == [OPEN]


@pytest.mark.parametrize("given", [{}, {"stt": "pocketsphinx", **KEYS}])
def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, given: dict[str, str]) -> None:
    for name in ("recogniser", "decoders"):
        monkeypatch.delitem(sys.modules, f"offhook.models.offline.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    with pytest.raises(SettingsError, match=r"need the package pocketsphinx; run pip install 'offhook\[offline\]'"):
        preload_names(Settings(**given))
    preload_names(Settings(**KEYS))  # other providers do not need the package
