"""Which models a call gets, and what is said about it."""

import sys

import pytest
from livekit.agents import inference
from pydantic import SecretStr

from offhook.core.errors import PlanError, SettingsError
from offhook.models import Models, check_turn_detection, choose, import_plugins, preload_names, warm
from offhook.settings import Settings

KEYS = {name: SecretStr("k") for name in ("deepgram_api_key", "openai_api_key", "cartesia_api_key")}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)


def providers(models: Models) -> tuple[str, ...]:
    return tuple(type(part).__module__.split(".")[-2] for part in (models.stt, models.llm, models.tts))


async def test_without_keys_the_offline_models_answer_and_the_note_names_the_keys() -> None:
    models = choose(Settings())
    assert (models.preset, providers(models)) == ("offline", ("offline", "offline", "offline"))
    assert models.note.startswith("models: offline (Silero VAD, PocketSphinx, rules, ")
    assert models.note.endswith("because DEEPGRAM_API_KEY, OPENAI_API_KEY and CARTESIA_API_KEY are not set")


async def test_one_missing_key_is_enough_for_offline() -> None:
    models = choose(Settings(**{**KEYS, "openai_api_key": None}))
    assert models.note.endswith("because OPENAI_API_KEY is not set")


async def test_all_keys_choose_the_cloud() -> None:
    models = choose(Settings(**KEYS))
    assert (models.preset, providers(models)) == ("cloud", ("deepgram", "openai", "cartesia"))
    assert models.note == (
        "models: cloud (Silero VAD, Deepgram nova-3, OpenAI gpt-4.1-mini, Cartesia) because the three keys are set"
    )


async def test_offline_is_taken_at_its_word_although_there_are_keys() -> None:
    models = choose(Settings(preset="offline", **KEYS))
    assert models.preset == "offline"
    assert models.note.endswith("because OFFHOOK_PRESET=offline")


def test_cloud_without_keys_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match="needs DEEPGRAM_API_KEY and CARTESIA_API_KEY; "):
        choose(Settings(preset="cloud", openai_api_key=SecretStr("k")))


async def test_model_names_and_addresses_reach_the_providers() -> None:
    settings = Settings(openai_model="small", deepgram_model="nova-2", openai_base_url="http://local/v1", **KEYS)
    models = choose(settings)
    assert (models.llm.model, models.stt.model, models.llm.provider) == ("small", "nova-2", "local")


async def test_the_cartesia_voice_reaches_the_provider() -> None:
    def voice(settings: Settings) -> object:
        return choose(settings).tts._opts.voice  # the plugin shows it nowhere else

    assert voice(Settings(cartesia_voice="v-1", **KEYS)) == "v-1"
    assert voice(Settings(**KEYS)) not in ("", None)


@pytest.mark.parametrize(("wanted", "offline", "detector"), [("auto", True, "vad"), ("stt", False, "stt")])
async def test_named_turn_detection(wanted: str, offline: bool, detector: str) -> None:
    handling = choose(Settings(turn_detection=wanted, preset="offline" if offline else "cloud", **KEYS)).turn_handling
    assert handling["turn_detection"] == detector
    assert handling["interruption"] == {"mode": "vad"}


@pytest.mark.parametrize("dev", ["0", "1"])
async def test_the_cloud_preset_detects_turns_on_this_machine_in_dev_and_start(
    monkeypatch: pytest.MonkeyPatch, dev: str
) -> None:
    monkeypatch.setenv("LIVEKIT_DEV_MODE", dev)
    handling = choose(Settings(**KEYS)).turn_handling
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


def test_plugins_for_the_cloud_are_imported_and_preloaded() -> None:
    import_plugins(Settings(**KEYS))
    warm(Settings(**KEYS))
    assert set(preload_names(Settings(**KEYS))) <= set(sys.modules)


def test_warming_the_offline_models_leaves_a_decoder_ready() -> None:
    warm(Settings())
    assert preload_names(Settings()) == ["offhook.models.offline.preload"]
    assert "offhook.models.offline.preload" in sys.modules


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("recogniser", "decoders"):
        monkeypatch.delitem(sys.modules, f"offhook.models.offline.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    with pytest.raises(SettingsError, match=r"need the package pocketsphinx; run pip install 'offhook\[offline\]'"):
        preload_names(Settings())
