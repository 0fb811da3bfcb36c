"""A change of a model or a voice reaches the provider: the next request on the wire has the new value."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from livekit.agents import Agent, inference, llm, stt, tts
from livekit.plugins import cartesia, deepgram, openai

from offhook.core.errors import OffhookError, UnsupportedError
from offhook.models.offline.recogniser import PocketSphinx
from offhook.models.offline.rules import RuleLLM
from offhook.models.offline.voice import OfflineVoice
from offhook.session.changes.models import TRIED, prepare

from .wired import Wired, talk

CHAT, RESPONSES, SPEECH, HEARD = "/v1/chat/completions", "/v1/responses", "/v1/audio/speech", "/v1/audio/transcriptions"
VAD = {"turn_detection": "vad", "interruption": {"mode": "vad"}, "endpointing": {"min_delay": 0.3}}


def models(url: str, **other: Any) -> dict[str, Any]:
    """Models that the plan makes itself."""
    return {
        "vad": inference.VAD(model="silero"),
        "stt": deepgram.STT(api_key="any", base_url=f"{url}/v1/listen"),
        "llm": openai.LLM(api_key="any", base_url=f"{url}/v1"),
        "tts": cartesia.TTS(api_key="any", base_url=url),
        "turn_handling": VAD,
        **other,
    }


@pytest.mark.slow
def test_the_cloud_models_of_the_settings_change_and_their_fallbacks_stay() -> None:
    async def scene(now: Wired) -> None:
        await now.turn()
        details = now.changes.voice("anna", language="es", speed=1.5)
        assert details == "the fallback openai.tts.TTS stays as it is"
        assert now.changes.models(llm="gpt-4o", stt="nova-2", tts="sonic-3-next", temperature=0.3, language="es") == (
            "the fallback openai.stt.STT stays as it is; the fallback openai.tts.TTS stays as it is"
        )
        await now.turn()
        spoken = now.last("cartesia", "/tts/websocket")
        assert (spoken["model_id"], spoken["voice"]["id"], spoken["language"]) == ("sonic-3-next", "anna", "es")
        assert spoken["generation_config"] == {"speed": 1.5}
        assert (now.last("openai", CHAT)["model"], now.last("openai", CHAT)["temperature"]) == ("gpt-4o", 0.3)
        heard = now.last("deepgram", "/v1/listen")
        assert (heard["model"], heard["language"]) == ("nova-2", "es")

    talk(scene)


@pytest.mark.slow
def test_the_models_of_a_local_server_change() -> None:
    async def scene(now: Wired) -> None:
        await now.turn()
        assert now.changes.voice("nova", speed=1.2) == ""
        assert now.changes.models(llm="llama-b", stt="whisper-b", tts="tts-b", language="es") == ""
        await now.turn()
        spoken, heard = now.last("openai", SPEECH), now.last("openai", HEARD)
        assert (spoken["model"], spoken["voice"], spoken["speed"]) == ("tts-b", "nova", 1.2)
        assert (heard["model"], heard["language"]) == ("whisper-b", "es")
        assert now.last("openai", CHAT)["model"] == "llama-b"

    def local(url: str) -> dict[str, Any]:
        from offhook.models import choose
        from offhook.settings import Settings

        local = {"OFFHOOK_PRESET": "local", "OFFHOOK_LOCAL_URL": f"{url}/v1", "OFFHOOK_LLM": "local/any"}
        return choose(Settings(**local, OFFHOOK_TURN_DETECTION="vad")).session

    talk(scene, local)


@pytest.mark.slow
def test_a_responses_llm_is_replaced_with_the_whole_conversation() -> None:
    async def scene(now: Wired) -> None:
        await now.turn()
        assert now.changes.models(llm="gpt-4o") == ""
        await now.turn()
        asked = now.last("openai", RESPONSES)
        assert asked["model"] == "gpt-4o"
        said = [item["content"] for item in asked["input"] if item.get("role") == "user"]
        assert len(said) == 2

    talk(scene, OFFHOOK_LLM="responses")


@pytest.mark.slow
def test_the_temperature_stays_when_the_model_changes_and_the_other_way_round() -> None:
    async def scene(now: Wired) -> None:
        now.changes.models(temperature=0.1)
        now.changes.models(llm="gpt-4o")
        await now.turn()
        assert (now.last("openai", CHAT)["model"], now.last("openai", CHAT)["temperature"]) == ("gpt-4o", 0.1)
        now.changes.models(temperature=0.9)
        await now.turn()
        assert (now.last("openai", CHAT)["model"], now.last("openai", CHAT)["temperature"]) == ("gpt-4o", 0.9)

    talk(scene)


@pytest.mark.slow
def test_a_reasoning_model_has_no_temperature_and_the_operator_is_told() -> None:
    async def scene(now: Wired) -> None:
        with pytest.raises(UnsupportedError, match="gpt-5 is a reasoning model"):
            now.changes.models(llm="gpt-5", temperature=0.1)
        now.changes.models(temperature=0.1)
        assert now.changes.models(llm="gpt-5") == "gpt-5 has no temperature"
        await now.turn()
        assert now.last("openai", CHAT)["model"] == "gpt-5"
        assert "temperature" not in now.last("openai", CHAT)

    talk(scene)


@pytest.mark.slow
def test_a_changed_llm_goes_to_the_next_agent_and_an_agents_own_llm_does_not() -> None:
    async def hand_over(now: Wired, agent: Agent) -> str:
        now.session.update_agent(agent)
        await entered.wait()
        entered.clear()
        await now.turn()
        return str(now.last("openai", CHAT)["model"])

    class Next(Agent):
        async def on_enter(self) -> None:
            entered.set()

    async def scene(now: Wired) -> None:
        now.changes.models(llm="changed")
        own = openai.LLM(model="own", api_key="any", base_url=f"{now.sandbox.url}/v1")
        assert await hand_over(now, Next(instructions="The kitchen.")) == "changed"
        assert await hand_over(now, Next(instructions="The bar.", llm=own)) == "own"
        now.changes.models(tts="sonic-3-next")
        assert await hand_over(now, Next(instructions="The hall.")) == "changed"

    entered = asyncio.Event()
    talk(scene)


@pytest.mark.slow
def test_the_voice_of_the_agents_own_tts_changes_not_the_sessions() -> None:
    async def scene(now: Wired) -> None:
        now.changes.voice("nova")
        await now.turn()
        assert now.last("openai", SPEECH)["voice"] == "nova"
        assert now.sandbox.asked("cartesia") == []

    def agent(url: str) -> Agent:
        return Agent(instructions="You are a desk.", tts=openai.TTS(api_key="any", base_url=f"{url}/v1"))

    talk(scene, models, agent=agent)


@pytest.mark.slow
def test_the_answer_that_is_being_spoken_keeps_its_voice() -> None:
    spoken = asyncio.Event()

    async def scene(now: Wired) -> None:
        now.session.on("agent_state_changed", lambda event: spoken.set() if event.new_state == "speaking" else None)
        now.changes.voice("first")
        speech = now.session.say("A first sentence that is long enough. And a second one that is long enough.")
        await spoken.wait()
        now.changes.voice("second")
        await speech
        voices = [one.body["voice"]["id"] for one in now.sandbox.asked("cartesia") if "voice" in one.body]
        assert set(voices) == {"first"}
        await now.session.say("The next one.")
        assert now.last("cartesia", "/tts/websocket")["voice"]["id"] == "second"

    talk(scene, models)


@pytest.mark.slow
def test_a_model_of_the_plan_that_cannot_change_is_told_and_nothing_else_changes() -> None:
    async def scene(now: Wired) -> None:
        with pytest.raises(UnsupportedError, match="the plan made this LLM"):
            now.changes.models(llm="gpt-4o", tts="sonic-3-next")
        await now.turn()
        assert now.last("cartesia", "/tts/websocket")["model_id"] == "sonic-3"

    talk(scene, models)


def known(kind: Callable[..., Any]) -> Any:
    return kind(api_key="any", base_url="http://127.0.0.1:1")


CASES: list[tuple[str, Callable[[], Any], dict[str, Any], str]] = [
    ("tts", lambda: None, {"voice": "a"}, "no TTS"),
    ("tts", lambda: known(openai.TTS), {"voice": "a", "language": "es"}, "cannot change its language"),
    ("tts", lambda: cartesia.TTS(api_key="any", model="sonic-2"), {"voice": "a", "speed": 1.2}, "use sonic-3"),
    ("tts", OfflineVoice, {"voice": "a"}, "runs on this machine"),
    ("tts", lambda: tts.FallbackAdapter([known(openai.TTS)]), {"voice": "a"}, "does not expose its models"),
    ("tts", lambda: deepgram.TTS(api_key="any"), {"voice": "a"}, "has no option voice"),
    ("stt", lambda: deepgram.STT(api_key="any"), {"model": "flux-general-en"}, "another API"),
    ("stt", lambda: deepgram.STTv2(api_key="any"), {"model": "nova-3"}, "another API"),
    ("stt", lambda: deepgram.STTv2(api_key="any"), {"language": "es"}, "part of its model's name"),
    ("stt", lambda: cartesia.STT(api_key="any"), {"model": "ink-3"}, "ignores"),
    ("stt", lambda: cartesia.STT(api_key="any"), {"language": "es"}, "ignores"),
    ("stt", lambda: PocketSphinx(vad=inference.VAD(model="silero")), {"language": "es"}, "runs on this machine"),
]


@pytest.mark.parametrize(("plugin", "make", "options", "why"), CASES)
async def test_what_a_model_would_ignore_is_unsupported(
    plugin: Any, make: Callable[[], Any], options: dict[str, Any], why: str
) -> None:
    with pytest.raises(UnsupportedError, match=why):
        prepare(plugin, make(), options)


@pytest.mark.parametrize("speed", [0.5, 2.1, float("nan")])
async def test_a_speed_that_the_provider_refuses_is_refused(speed: float) -> None:
    with pytest.raises(OffhookError, match=r"speed=.* is not possible; give 0\.6 to 2"):
        prepare("tts", cartesia.TTS(api_key="any"), {"voice": "a", "speed": speed})


class Unknown(stt.STT[str]):
    """A plugin that offhook does not know; it may ignore a new model."""

    def __init__(self, *, ignores: bool) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=False))
        self._ignores, self._model = ignores, "old"

    @property
    def model(self) -> str:
        return self._model

    def update_options(self, *, model: str) -> None:
        self._model = self._model if self._ignores else model

    async def _recognize_impl(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError


async def test_an_unknown_plugin_is_tried_and_the_operator_is_told() -> None:
    model = Unknown(ignores=False)
    change = prepare("stt", model, {"model": "new"})
    change.apply()
    assert model.model == "new"
    assert change.detail.startswith("offhook has not tried ")
    with pytest.raises(UnsupportedError, match="ignored the new model"):
        prepare("stt", Unknown(ignores=True), {"model": "new"}).apply()


def test_the_rules_of_the_offline_llm_have_no_model() -> None:
    async def scene(now: Wired) -> None:
        with pytest.raises(UnsupportedError, match="set OFFHOOK_LLM"):
            now.changes.models(temperature=0.5)

    talk(scene, OFFHOOK_LLM="rules")


@pytest.mark.parametrize(
    "bad",
    [{}, {"llm": " "}, {"tts": "a\nb"}, {"stt": "x" * 201}, {"language": "not a tag"}, {"temperature": 2.5}],
    ids=str,
)
def test_a_bad_value_is_refused(bad: dict[str, Any]) -> None:
    async def scene(now: Wired) -> None:
        with pytest.raises(OffhookError):
            now.changes.models(**bad)

    talk(scene)


def test_every_plugin_of_the_table_exists() -> None:
    kinds: list[type[Any]] = [
        cartesia.TTS, openai.TTS, deepgram.STT, deepgram.STTv2, openai.STT, cartesia.STT, PocketSphinx, OfflineVoice,
    ]  # fmt: skip
    assert {f"{kind.__module__}.{kind.__qualname__}" for kind in kinds} == set(TRIED)
    assert not hasattr(openai.LLM, "update_options")
    assert not hasattr(openai.responses.LLM, "update_options")
    assert not hasattr(llm.FallbackAdapter, "update_options")
    assert not hasattr(RuleLLM, "update_options")
