"""Every preset against the provider sandbox, and the failover when the first provider of a stage refuses."""

import gc
import weakref
from collections.abc import AsyncIterator

import pytest
from livekit.agents import Agent, AgentSession, llm, utils
from livekit.agents.voice import io

from offhook.models import build_tts, choose
from offhook.models.made import members_of
from offhook.settings import Settings
from offhook.testing.sandbox import Sandbox, Script


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with utils.http_context.open(), Sandbox(llm=Script("Good day.")) as running:
        yield running


def cloud(sandbox: Sandbox) -> dict[str, str]:
    """The variables that the settings read: LiveKit reads the address of its inference by itself."""
    return {name: value for name, value in sandbox.environ().items() if name != "LIVEKIT_INFERENCE_URL"}


def local(sandbox: Sandbox) -> dict[str, str]:
    return {**sandbox.environ("local"), "OFFHOOK_LLM": "local/any"}


async def seconds_spoken(settings: Settings) -> float:
    speaker = build_tts(settings)
    async with speaker.synthesize("Good day.") as stream:
        seconds = sum([audio.frame.duration async for audio in stream])
    await speaker.aclose()
    return seconds


async def words_answered(settings: Settings) -> str:
    brain = choose(settings).llm
    assert isinstance(brain, llm.LLM)
    context = llm.ChatContext.empty()
    context.add_message(role="user", content="Hello.")
    async with brain.chat(chat_ctx=context) as stream:
        words = [chunk.delta.content async for chunk in stream if chunk.delta and chunk.delta.content]
    await brain.aclose()
    return "".join(words)


@pytest.mark.parametrize(
    ("preset", "speaks", "answers"),
    [
        ("cloud", ("cartesia", "/tts/bytes"), "/v1/chat/completions"),
        ("local", ("openai", "/v1/audio/speech"), "/v1/chat/completions"),
    ],
)
async def test_a_preset_asks_its_first_providers(
    sandbox: Sandbox, preset: str, speaks: tuple[str, str], answers: str
) -> None:
    settings = Settings(**(local(sandbox) if preset == "local" else cloud(sandbox)))
    assert await seconds_spoken(settings) > 0
    assert [(request.provider, request.path) for request in sandbox.requests] == [speaks]
    assert await words_answered(settings) == "Good day."
    assert sandbox.requests[-1].path == answers


async def test_the_responses_interface_is_asked_where_it_is_chosen(sandbox: Sandbox) -> None:
    settings = Settings(**{**cloud(sandbox), "OFFHOOK_LLM": "responses"})
    assert await words_answered(settings) == "Good day."
    assert {request.path for request in sandbox.requests} == {"/v1/responses"}


async def test_openai_speaks_when_cartesia_refuses_the_key(sandbox: Sandbox) -> None:
    assert await seconds_spoken(Settings(**{**cloud(sandbox), "CARTESIA_API_KEY": "refused"})) > 0
    assert [request.path for request in sandbox.requests if request.provider == "openai"] == ["/v1/audio/speech"]


async def test_the_offline_voice_speaks_when_the_model_server_is_gone(sandbox: Sandbox) -> None:
    settings = {**local(sandbox), "OFFHOOK_TTS": "local,offline", "OFFHOOK_TTS_URL": "http://127.0.0.1:1"}
    assert await seconds_spoken(Settings(**settings)) > 0
    assert sandbox.requests == []


async def test_the_second_language_model_answers_when_the_first_is_refused(sandbox: Sandbox) -> None:
    settings = {**local(sandbox), "OFFHOOK_LLM": "openai,local/any", "OPENAI_API_KEY": "refused"}
    settings["OPENAI_BASE_URL"] = sandbox.environ()["OPENAI_BASE_URL"]
    assert await words_answered(Settings(**settings)) == "Good day."


class Loudspeaker(io.AudioOutput):
    """Plays immediately, and counts the seconds of audio."""

    def __init__(self) -> None:
        super().__init__(label="test", capabilities=io.AudioOutputCapabilities(pause=False), sample_rate=24_000)
        self.seconds = 0.0
        self._segment = 0.0

    async def capture_frame(self, frame: object) -> None:
        await super().capture_frame(frame)
        self._segment += frame.duration

    def flush(self) -> None:
        super().flush()
        if self._segment:
            self.seconds += self._segment
            position, self._segment = self._segment, 0.0
            self.on_playback_finished(playback_position=position, interrupted=False)

    def clear_buffer(self) -> None:
        self.flush()


async def test_a_realtime_session_says_fixed_sentences_with_the_voice_beside_it(sandbox: Sandbox) -> None:
    models = choose(Settings(**{**cloud(sandbox), "OFFHOOK_REALTIME": "openai"}))
    session = AgentSession(**models.session)
    session.output.audio = speaker = Loudspeaker()
    await session.start(Agent(instructions="Be kind."))
    handle = await session.say("Good day to you.")
    await session.aclose()
    assert (handle.exception(), speaker.seconds > 0) == (None, True)
    assert {"/v1/realtime", "/v1/audio/speech"} <= {request.path for request in sandbox.requests}


@pytest.mark.slow
async def test_the_models_of_a_call_that_is_over_are_freed(sandbox: Sandbox) -> None:
    models = choose(Settings(**cloud(sandbox)))
    assert len(members_of(models.stt)) > 1
    gone = weakref.ref(models.stt)
    del models
    gc.collect()
    assert gone() is None
