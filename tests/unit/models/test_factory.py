"""The address, key, model and voice that each provider's object gets. No connection is made."""

from typing import Any

import pytest
from livekit.agents import inference, llm, stt, tts
from livekit.plugins import cartesia, deepgram, openai, silero

from offhook.models import Models, choose
from offhook.models.offline.recogniser import PocketSphinx
from offhook.models.offline.rules import RuleLLM
from offhook.models.offline.voice import OfflineVoice
from offhook.settings import Settings

DEEPGRAM, OPENAI, CARTESIA = "deepgram_api_key", "openai_api_key", "cartesia_api_key"
ALL = {DEEPGRAM: "d", OPENAI: "o", CARTESIA: "c"}
SERVER = "http://models:8000"


def made(**given: str) -> Models:
    """Settings with every stage offline, except the given ones."""
    return choose(Settings(**{"preset": "offline", **ALL, **given}))


def client(part: Any) -> tuple[str, str]:
    """The address and key of OpenAI's client. The plugin has no public attribute for them."""
    return str(part._client.base_url), part._client.api_key


@pytest.mark.parametrize(
    ("said", "url"),
    [
        (None, "https://api.deepgram.com/v1/listen"),
        ("http://h:1", "http://h:1/v1/listen"),
        ("http://h:1/v1/listen", "http://h:1/v1/listen"),
    ],
)
async def test_deepgram_gets_the_whole_path(said: str | None, url: str) -> None:
    made_stt = made(stt="deepgram/nova-2", deepgram_base_url=said).stt
    assert isinstance(made_stt, deepgram.STT)
    assert (made_stt._opts.endpoint_url, made_stt._api_key, made_stt.model) == (url, "d", "nova-2")


async def test_deepgrams_flux_models_get_their_own_interface() -> None:
    made_stt = made(stt="deepgram/flux-general-en", deepgram_base_url="https://h").stt
    assert isinstance(made_stt, deepgram.STTv2)
    assert (made_stt._opts.endpoint_url, made_stt._api_key) == ("wss://h/v2/listen", "d")


async def test_flux_reports_an_eager_end_before_the_end_of_a_turn() -> None:
    made_stt = made(stt="deepgram/flux-general-en").stt
    assert isinstance(made_stt, deepgram.STTv2)
    assert (made_stt._opts.eager_eot_threshold, made_stt._opts.eot_threshold) == (0.5, 0.7)


@pytest.mark.parametrize(("said", "url"), [(None, "https://api.cartesia.ai"), ("http://h:1", "http://h:1")])
async def test_cartesia_gets_the_root_and_the_voice(said: str | None, url: str) -> None:
    voice = made(tts="cartesia/sonic-2:v-1", cartesia_base_url=said).tts
    assert isinstance(voice, cartesia.TTS)
    options = voice._opts
    assert (options.base_url, options.api_key, options.model, options.voice) == (url, "c", "sonic-2", "v-1")


async def test_cartesia_without_a_voice_speaks_in_its_own() -> None:
    assert made(tts="cartesia").tts._opts.voice == cartesia.TTS(api_key="k")._opts.voice


@pytest.mark.parametrize(("said", "url"), [(None, "https://api.openai.com/v1/"), ("http://h:1/v1", "http://h:1/v1/")])
async def test_openai_gets_its_address_in_every_stage(said: str | None, url: str) -> None:
    models = made(stt="openai/whisper-1", llm="openai/gpt-5", tts="openai/tts-1:coral", openai_base_url=said)
    assert [client(part) for part in (models.stt, models.llm, models.tts)] == [(url, "o")] * 3
    assert (models.stt.model, models.llm.model, models.tts.model) == ("whisper-1", "gpt-5", "tts-1")
    assert models.tts._opts.voice == "coral"


@pytest.mark.parametrize(
    ("said", "url"), [(None, "wss://api.openai.com/v1/responses"), ("http://h:1/v1", "ws://h:1/v1/responses")]
)
async def test_the_responses_interface_gets_the_whole_path(said: str | None, url: str) -> None:
    brain = made(llm="responses/gpt-5", openai_base_url=said).llm
    assert isinstance(brain, openai.responses.LLM)
    assert brain.model == "gpt-5"
    socket = brain._ws
    assert (socket._base_url.partition("?")[0], socket._api_key) == (url, "o")


@pytest.mark.parametrize(("key", "sent"), [("mine", "mine"), (None, "none")])
async def test_a_model_server_never_gets_the_key_of_openai(
    monkeypatch: pytest.MonkeyPatch, key: str | None, sent: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "o")
    models = choose(Settings(preset="local", local_url=SERVER, local_key=key, llm="local/llama3.2:3b", **ALL))
    parts = (models.stt, models.llm, models.tts)
    assert [client(part) for part in parts] == [(f"{SERVER}/v1/", sent)] * 3
    assert [part.model for part in parts] == ["whisper-1", "llama3.2:3b", "tts-1"]


async def test_the_offline_models_need_nothing() -> None:
    models = made()
    assert isinstance(models.stt, PocketSphinx)
    assert isinstance(models.llm, RuleLLM)
    assert isinstance(models.tts, OfflineVoice)
    assert isinstance(models.vad, inference.VAD)


async def test_the_plugins_silero_is_loaded_once_and_as_quick_as_the_built_in_one() -> None:
    plugin, built_in = made(vad="silero").vad, made().vad
    assert isinstance(plugin, silero.VAD)
    assert made(vad="silero").vad is plugin
    assert plugin._opts.min_silence_duration == built_in.min_silence_duration


async def test_a_realtime_model_comes_with_a_voice_beside_it() -> None:
    models = choose(Settings(realtime="openai/gpt-realtime:cedar", openai_base_url="http://h:1/v1", openai_api_key="o"))
    model = models.llm
    assert isinstance(model, openai.realtime.RealtimeModel)
    options = model._opts
    assert (options.model, options.voice, options.base_url, options.api_key) == (
        "gpt-realtime", "cedar", "http://h:1/v1", "o",
    )  # fmt: skip
    assert isinstance(models.tts, openai.TTS)
    assert (models.tts._opts.voice, models.stt) == ("cedar", None)
    assert set(models.session) == {"vad", "llm", "tts", "turn_handling"}


async def test_two_providers_of_a_stage_stand_in_for_each_other_in_their_order() -> None:
    models = made(stt="openai,deepgram", llm="openai,rules", tts="cartesia,offline")
    assert isinstance(models.stt, stt.FallbackAdapter)
    assert isinstance(models.llm, llm.FallbackAdapter)
    assert isinstance(models.tts, tts.FallbackAdapter)
    assert [type(part) for part in models.llm._llm_instances] == [openai.LLM, RuleLLM]
    assert [type(part) for part in models.tts._tts_instances] == [cartesia.TTS, OfflineVoice]
    first, second = models.stt._stt_instances
    assert isinstance(first, stt.StreamAdapter)  # this STT does not stream
    assert isinstance(first.wrapped_stt, openai.STT)
    assert isinstance(second, deepgram.STT)


async def test_a_provider_that_hangs_is_left_before_the_caller_gives_up() -> None:
    models = made(stt="openai,deepgram", llm="openai,rules", tts="cartesia,offline")
    assert models.llm._attempt_timeout + models.llm._max_retry_per_llm <= 5
    assert models.stt._attempt_timeout <= 5
    assert models.tts._max_retry_per_tts <= 1
