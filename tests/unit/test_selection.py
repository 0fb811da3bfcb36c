"""The provider that the settings select for each stage, and the errors for invalid settings."""

import subprocess
import sys

import pytest
from pydantic import SecretStr

from offhook.selection import Choice, select_models
from offhook.settings import Settings

DEEPGRAM, OPENAI, CARTESIA = "deepgram_api_key", "openai_api_key", "cartesia_api_key"
ALL = {DEEPGRAM: "d", OPENAI: "o", CARTESIA: "c"}
SERVER = "http://models:8000"
LLAMA = "local/llama3.2:3b"


def short(*stage: Choice) -> str:
    return " ".join("/".join(filter(None, [choice.provider, choice.model])) for choice in stage)


DEEP, MINI = "deepgram/nova-3 openai/gpt-4o-mini-transcribe", "openai/gpt-4.1-mini"
RESPONSES = "responses/gpt-4.1-mini"
OWN = ("openai/whisper-1", "openai/llama3.2:3b", "openai/tts-1")
SONIC = "cartesia/sonic-3 openai/gpt-4o-mini-tts"
HERE = ("pocketsphinx", "rules", "offline")


@pytest.mark.parametrize(
    ("given", "preset", "stages"),
    [
        ({}, "offline", HERE),
        (ALL, "cloud", (DEEP, MINI, SONIC)),
        ({**ALL, "preset": "cloud"}, "cloud", (DEEP, MINI, SONIC)),
        ({**ALL, "preset": "offline"}, "offline", HERE),
        ({**ALL, OPENAI: None}, "offline", HERE),
        # one stage set individually
        ({**ALL, "stt": "pocketsphinx"}, "cloud", ("pocketsphinx", MINI, SONIC)),
        ({**ALL, "preset": "offline", "llm": "openai/gpt-5"}, "offline", ("pocketsphinx", "openai/gpt-5", "offline")),
        ({DEEPGRAM: "d", "stt": "deepgram"}, "offline", ("deepgram/nova-3", "rules", "offline")),
        ({OPENAI: "o", "stt": "openai", "tts": "openai"}, "cloud", (DEEP.split()[1], MINI, SONIC.split()[1])),
        ({OPENAI: "o", "llm": "responses", "preset": "offline"}, "offline", ("pocketsphinx", RESPONSES, "offline")),
        # no fallback without its key, and no fallback for a provider that is set individually
        ({DEEPGRAM: "d", CARTESIA: "c", "llm": "rules"}, "cloud", ("deepgram/nova-3", "rules", "cartesia/sonic-3")),
        ({**ALL, "tts": "cartesia"}, "cloud", (DEEP, MINI, "cartesia/sonic-3")),
        # fallbacks
        (
            {**ALL, "stt": "openai/whisper-1, deepgram/nova-2"},
            "cloud",
            ("openai/whisper-1 deepgram/nova-2", MINI, SONIC),
        ),
        ({**ALL, "llm": "OpenAI/a,openai/b,rules"}, "cloud", (DEEP, "openai/a openai/b rules", SONIC)),
        # a local model server
        ({"local_url": SERVER, "llm": LLAMA}, "local", OWN),
        ({**ALL, "local_url": SERVER, "llm": LLAMA}, "local", OWN),
        ({"llm_url": SERVER, "llm": LLAMA}, "offline", ("pocketsphinx", "openai/llama3.2:3b", "offline")),
        ({"stt_url": SERVER}, "offline", ("openai/whisper-1", "rules", "offline")),
        (
            {"stt_url": SERVER, "tts_url": SERVER, "llm": "rules"},
            "local",
            ("openai/whisper-1", "rules", "openai/tts-1"),
        ),
        ({**ALL, "preset": "cloud", "tts_url": SERVER}, "cloud", (DEEP, MINI, "openai/tts-1")),
        (
            {"local_url": SERVER, "llm": "local/a", "stt": "local/x/y"},
            "local",
            ("openai/x/y", "openai/a", "openai/tts-1"),
        ),
        # every stage by name
        ({"stt": "pocketsphinx", "llm": "rules", "tts": "offline"}, "offline", HERE),
    ],
)
def test_settings_choose_the_stages(given: dict[str, str], preset: str, stages: tuple[str, ...]) -> None:
    chosen = select_models(Settings(**given))
    assert (chosen.preset, short(*chosen.stt), short(*chosen.llm), short(*chosen.tts)) == (preset, *stages)
    assert (chosen.realtime, short(chosen.vad)) == (None, "builtin")


def test_a_choice_is_told_whole() -> None:
    settings = Settings(deepgram_api_key="d", deepgram_base_url="http://proxy", stt="deepgram/nova-2", preset="offline")
    asked = "OFFHOOK_STT=deepgram/nova-2"
    key = SecretStr("d")
    assert select_models(settings).stt == (
        Choice("stt", "deepgram", "nova-2", "", "http://proxy", key, "DEEPGRAM_API_KEY", asked),
    )
    assert select_models(settings).tts == (Choice("tts", "offline", "", "", None, None, "", "preset offline"),)


@pytest.mark.parametrize(
    ("text", "model", "voice"),
    [
        ("cartesia", "sonic-3", ""),
        ("cartesia/sonic-2", "sonic-2", ""),
        ("cartesia/sonic-2:v-1", "sonic-2", "v-1"),
        ("cartesia:v-1", "sonic-3", "v-1"),
    ],
)
def test_a_voice_stands_after_a_colon(text: str, model: str, voice: str) -> None:
    (choice,) = select_models(Settings(tts=text, preset="offline", **ALL)).tts
    assert (choice.model, choice.voice) == (model, voice)


@pytest.mark.parametrize("said", ["http://h/", "http://h", "http://h/v1", "http://h/v1/listen"])
def test_every_form_of_deepgrams_address_comes_to_its_root(said: str) -> None:
    assert select_models(Settings(deepgram_base_url=said, **ALL)).stt[0].base_url == "http://h"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("http://h:1", "http://h:1/v1"),
        ("http://h:1/", "http://h:1/v1"),
        ("http://h:1/openai/v2", "http://h:1/openai/v2"),
    ],
)
def test_a_model_server_without_a_path_has_its_api_under_v1(said: str, meant: str) -> None:
    assert select_models(Settings(local_url=said, llm="local/a")).llm[0].base_url == meant


def test_a_key_goes_only_to_the_address_that_it_was_set_with() -> None:
    settings = Settings(
        local_url=SERVER,
        local_key="all",
        llm_url="http://other",
        stt_url="http://third",
        stt_key="mine",
        llm="local/a",
        **ALL,
    )
    chosen = select_models(settings)
    told = [
        (choice.base_url, choice.key and choice.key.get_secret_value(), choice.key_name) for choice in chosen.every[1:]
    ]
    assert told == [
        ("http://third/v1", "mine", "OFFHOOK_STT_KEY"),
        ("http://other/v1", None, ""),
        (f"{SERVER}/v1", "all", "OFFHOOK_LOCAL_KEY"),
    ]


@pytest.mark.parametrize(
    ("given", "realtime", "voice", "beside"),
    [
        ({OPENAI: "o"}, "openai", "", ("openai", "gpt-4o-mini-tts", "marin")),
        ({OPENAI: "o"}, "openai/gpt-realtime-2:cedar", "cedar", ("openai", "gpt-4o-mini-tts", "cedar")),
        (ALL, "openai:cedar", "cedar", ("openai", "gpt-4o-mini-tts", "cedar")),
        ({**ALL, "tts": "cartesia:v"}, "openai", "", ("cartesia", "sonic-3", "v")),
        ({**ALL, "preset": "offline"}, "openai", "", ("offline", "", "")),
        ({OPENAI: "o", "local_url": SERVER}, "openai", "", ("openai", "tts-1", "")),
    ],
)
def test_a_realtime_model_needs_no_ears_and_gets_a_voice_for_fixed_sentences(
    given: dict[str, str], realtime: str, voice: str, beside: tuple[str, ...]
) -> None:
    chosen = select_models(Settings(realtime=realtime, **given))
    assert (chosen.stt, chosen.llm) == ((), ())
    assert chosen.realtime is not None
    assert chosen.realtime.voice == voice
    (tts,) = chosen.tts
    assert (tts.provider, tts.model, tts.voice) == beside


def test_keys_are_not_shown() -> None:
    chosen = select_models(Settings(deepgram_api_key="hush-1", openai_api_key="hush-2", cartesia_api_key="hush-3"))
    assert "hush" not in f"{chosen!r} {chosen}"


@pytest.mark.slow
def test_choosing_loads_no_agent_framework() -> None:
    code = "import sys, offhook.selection; sys.exit('livekit.agents' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
