"""The table of verbs says what real sessions of the three kinds of model do."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, get_args

import pytest
from livekit.agents import Agent, AgentSession, inference
from livekit.plugins import openai

from offhook.call.attach import attach
from offhook.core.call import Call, Caller
from offhook.core.commands import COMMANDS
from offhook.core.decisions import Ask, Say
from offhook.core.errors import UnsupportedError
from offhook.core.facts import CallerFound, Planned
from offhook.engine.supervisor import Supervisor
from offhook.engine.voice_health import VoiceHealth
from offhook.models.offline.voice import OfflineVoice
from offhook.session.changes.verb_support import SUPPORT, Kind, Verb, support, support_of
from offhook.session.ongoing import OngoingCall
from offhook.session.outbound.voice import SessionVoice

from .duplex import FakeDuplex, FakeDuplexSession
from .test_live_changes import realtime, speaking
from .test_live_models import models
from .test_session_renewal import like
from .wired import Wired, talk

pytestmark = pytest.mark.slow

KINDS: tuple[Kind, ...] = get_args(Kind)


class Live:
    """A session of one kind of model, with its call."""

    def __init__(self, now: Wired, edge: Any, duplex: FakeDuplex) -> None:
        self.now, self.session, self.edge = now, now.session, edge
        self._duplex = duplex
        self.call: OngoingCall
        self.voice: SessionVoice

    @property
    def model(self) -> FakeDuplexSession:
        """The duplex model's newest connection."""
        return self._duplex.sessions[-1]

    async def answers(self) -> float:
        """The model answers once; returns the seconds that the caller hears."""
        await self.session.generate_reply(user_input="hello")
        await self.now.idle()
        return await self.now.earpiece.heard.get()


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    chosen: Kind = request.param
    return chosen


def on(kind: Kind, scene: Callable[[Live], Awaitable[None]], edge: Any, make: Any = None, **duplex: bool) -> None:
    """Run a scene on a supervised session of this kind."""
    model = FakeDuplex(**duplex)
    makes = {"pipeline": models, "realtime": realtime, "duplex": lambda _: {"llm": model, "tts": OfflineVoice()}}

    async def play(now: Wired) -> None:
        await asyncio.sleep(1)  # the gate of the duplex adapter learns the model's silence
        assert support_of(now.session) == kind
        await scene(live[0])

    live: list[Live] = []

    def supervised(now: Wired) -> Callable[[], Awaitable[None]]:
        supervisor = Supervisor("call-1", line=edge, voice=edge, recorder=edge)
        health = VoiceHealth()
        supervisor.sinks.append(health)
        supervisor.post(CallerFound("anna", phone=False, active=True))
        one = Live(now, edge, model)
        who = Call("call-1", "room", Caller("anna"))
        one.call = attach(supervisor, now.session, Planned(), fallback=edge, voice_health=health, call_info=lambda: who)
        one.voice = SessionVoice(now.session, fallback=edge, voice_health=health)
        live.append(one)
        task = asyncio.create_task(supervisor.run())

        async def stop() -> None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        return stop

    talk(play, make or makes[kind], before_start=supervised)


def test_the_table_has_every_verb_and_every_kind() -> None:
    assert set(SUPPORT) == set(get_args(Verb)) == set(COMMANDS)
    assert all(tuple(row) == KINDS for row in SUPPORT.values())


async def test_a_session_that_does_not_run_yet_has_a_kind() -> None:
    assert support_of(AgentSession(llm=FakeDuplex())) == "duplex"
    assert support_of(AgentSession()) == "pipeline"


def test_the_model_of_the_current_agent_counts(edge: Any) -> None:
    async def scene(now: Wired) -> None:
        assert support_of(now.session) == "duplex"

    talk(scene, models, agent=lambda _: Agent(instructions="You are a desk.", llm=FakeDuplex()))


def test_say_speaks_the_words_in_place(kind: Kind, edge: Any) -> None:
    async def scene(live: Live) -> None:
        assert await live.voice.say(Say("Fixed words.", tag="command")) is False
        assert await live.now.earpiece.heard.get() > 0.5
        assert edge.done == []
        if kind == "duplex":
            assert live.model.told == [("instructions", "You are a desk.")]

    assert SUPPORT["say"][kind].how == "in place"
    on(kind, scene, edge)


@pytest.mark.parametrize("kind", ["realtime", "duplex"], indirect=True)
def test_say_without_a_tts_is_spoken_by_the_announcer(kind: Kind, edge: Any) -> None:
    async def scene(live: Live) -> None:
        await live.voice.say(Say("Fixed words.", tag="command"))
        assert [what.text for _, what in edge.done] == ["Fixed words."]

    makes: dict[str, Any] = {
        "realtime": lambda url: realtime(url, tts=None),
        "duplex": lambda _: {"llm": FakeDuplex()},
    }
    on(kind, scene, edge, makes[kind])


def test_ask_makes_the_model_speak_in_place(kind: Kind, edge: Any) -> None:
    async def scene(live: Live) -> None:
        assert await live.voice.ask(Ask("Offer to call back.", tag="command")) is False
        assert await live.now.earpiece.heard.get() > 0.1

    assert SUPPORT["ask"][kind].how == "in place"
    on(kind, scene, edge)


def test_a_duplex_model_that_declines_to_speak_has_failed_after_10_s(edge: Any) -> None:
    async def scene(live: Live) -> None:
        live.model.declines = True
        began = asyncio.get_running_loop().time()
        with pytest.raises(Exception, match="did not start speaking when asked"):
            await live.voice.ask(Ask("Offer to call back.", tag="command"))
        assert asyncio.get_running_loop().time() - began == pytest.approx(10, abs=0.1)

    on("duplex", scene, edge)


OUTCOMES = {"in place": "done", "fresh": "fresh"}


@pytest.mark.parametrize("declared", [False, True])
def test_instructions_context_and_messages_change_as_the_table_says(kind: Kind, edge: Any, *, declared: bool) -> None:
    async def scene(live: Live) -> None:
        await live.answers()
        assert await live.call.add_message("Her name is Ada.") == OUTCOMES[SUPPORT["add_message"][kind].how]
        assert await live.call.instruct("Be brief.") == OUTCOMES[SUPPORT["instructions"][kind].how]
        assert await live.call.reset_context() == OUTCOMES[SUPPORT["context"][kind].how]
        await asyncio.sleep(1)
        await live.answers()
        if kind == "duplex":
            assert live.model.told[:2] == [("instructions", "Be brief."), ("user", "hello")]

    on(kind, scene, edge, mutable_chat_context=declared, mutable_instructions=declared)


def test_a_duplex_model_is_told_a_message_of_every_role_in_its_running_session(edge: Any) -> None:
    async def scene(live: Live) -> None:
        session = live.model
        for role in ("system", "user", "assistant"):
            assert await live.call.add_message(f"From {role}.", role=role) == "done"
        assert session.told[1:] == [(role, f"From {role}.") for role in ("system", "user", "assistant")]
        assert live.model is session

    on("duplex", scene, edge)


def test_what_a_duplex_model_was_told_is_forgotten_with_its_session(edge: Any) -> None:
    async def scene(live: Live) -> None:
        await live.call.add_message("Her name is Ada.")
        session = live.model
        assert await live.call.forget() == "fresh"
        assert live.model is not session
        assert live.model.told == [("instructions", "You are a desk.")]

    on("duplex", scene, edge, mutable_chat_context=True)
    assert "SpeechRedacted" in edge.names()


def test_away_and_back_need_no_model(kind: Kind, edge: Any) -> None:
    async def scene(live: Live) -> None:
        states: list[str] = []
        for away in (True, False):
            live.call.away(away)
            await asyncio.sleep(0.1)
            states.append(live.session.user_state)
        assert states == ["away", "listening"]

    assert {SUPPORT["away"][kind].how, SUPPORT["back"][kind].how} == {"in place"}
    on(kind, scene, edge)


def test_an_interruption_is_heard_at_once(kind: Kind, edge: Any) -> None:
    async def scene(live: Live) -> None:
        line = "A sentence that is long enough to be cut off in its middle."
        await speaking(live.now, lambda: live.session.say(line))
        await asyncio.sleep(0.5)
        assert await live.now.changes.interrupt() == ""
        assert await live.now.earpiece.heard.get() == pytest.approx(0.5, abs=0.1)

    assert SUPPORT["interrupt"][kind].how == "in place"
    on(kind, scene, edge)


def test_a_duplex_model_goes_on_with_an_interrupted_speech(edge: Any) -> None:
    async def scene(live: Live) -> None:
        await speaking(live.now, lambda: live.model.speak("A long speech.", seconds=4))
        assert await live.now.changes.interrupt() == ""
        assert live.model.unsaid > 3
        history = [item.text_content for item in live.session.history.items if item.type == "message"]
        assert history == ["A long speech."]

    on("duplex", scene, edge)


ATTEMPTS: dict[Verb, Callable[[Wired], str]] = {
    "endpointing": lambda now: now.changes.endpointing(min_delay=1.0),
    "voice": lambda now: now.changes.voice("cedar"),
}


@pytest.mark.parametrize("verb", ATTEMPTS)
def test_what_is_unsupported_raises_and_what_is_in_place_does_not(kind: Kind, verb: Verb, edge: Any) -> None:
    async def scene(live: Live) -> None:
        assert support(live.session, verb) == SUPPORT[verb][kind]
        if SUPPORT[verb][kind].how == "unsupported":
            with pytest.raises(UnsupportedError):
                ATTEMPTS[verb](live.now)
        else:
            ATTEMPTS[verb](live.now)

    on(kind, scene, edge)


def test_the_tts_of_the_fixed_lines_changes_with_every_kind(kind: Kind, edge: Any) -> None:
    async def scene(now: Wired) -> None:
        assert now.changes.models(tts="tts-2") == ""
        await now.session.say("Fixed words.")
        assert now.last("openai", "/v1/audio/speech")["model"] == "tts-2"

    def make(url: str) -> dict[str, Any]:
        speaks = {"tts": openai.TTS(api_key="any", base_url=f"{url}/v1")}
        return {"pipeline": models, "realtime": realtime, "duplex": lambda _: {"llm": FakeDuplex()}}[kind](url) | speaks

    assert SUPPORT["models"][kind].how == "in place"
    talk(scene, make)


def test_a_muted_duplex_model_goes_on_and_is_not_heard(edge: Any) -> None:
    async def scene(live: Live) -> None:
        live.session.output.set_audio_enabled(False)
        live.model.speak("Into the void.", seconds=2)
        await asyncio.sleep(4)
        assert (live.now.earpiece.heard.empty(), live.model.unsaid) == (True, 0)
        history = [item for item in live.session.history.items if item.type == "message"]
        assert [(item.text_content, item.interrupted) for item in history] == [("Into the void.", False)]

    assert SUPPORT["quiet"]["duplex"].how == "unsupported"  # so `Quiet` refuses
    on("duplex", scene, edge)


def test_endpointing_is_supported_where_the_session_takes_the_turns_of_a_realtime_model() -> None:
    async def scene(now: Wired) -> None:
        assert support(now.session, "endpointing") == SUPPORT["endpointing"]["pipeline"]

    handling = {"turn_detection": "vad", "interruption": {"mode": "vad"}}
    talk(scene, lambda url: realtime(url, vad=inference.VAD(model="silero"), turn_handling=handling))


@pytest.mark.parametrize(
    ("plugin", "verb", "role", "how"),
    [
        ("aws", "instructions", None, "fresh"),
        ("azure", "instructions", None, "in place"),
        ("azure", "context", None, "fresh"),
        ("nvidia", "add_message", "user", "unsupported"),
        ("phonic", "add_message", "system", "in place"),
        ("phonic", "add_message", "user", "fresh"),
    ],
)
def test_the_provider_of_a_realtime_model_counts(plugin: str, verb: Verb, role: Any, how: str) -> None:
    async def scene(now: Wired) -> None:
        assert support(now.session, verb, role=role).how == how

    talk(scene, lambda url: {"llm": like(plugin)(url)})


def test_the_table_has_every_verb_of_a_running_call() -> None:
    assert SUPPORT.keys() == COMMANDS.keys()
