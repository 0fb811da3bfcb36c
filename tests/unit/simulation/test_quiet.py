"""Whole calls in which the agent is made quiet and comes back: what the caller hears, and what the model knows."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from livekit.agents import Agent, BackgroundAudioPlayer, ChatContext, RunContext, function_tool, llm

from offhook import Call, Limits, Plan, Silence, call_of, goodbye, say, serve
from offhook.core.commands.verbs.quiet import QuietCommand
from offhook.core.commands.verbs.resume import ResumeCommand
from offhook.core.commands.verbs.say import SayCommand
from offhook.core.facts import TranscriptReceived
from offhook.models.offline.rules import Reply
from offhook.session.ongoing import OngoingCall
from offhook.testing import ScriptedCaller, SimulatedCall, simulate

OPEN = "We are open all day."
REPLIES = {"hours": OPEN, "book": Reply("", "book"), "colleague": Reply("", "hand_off")}
LONG = "This is a very long greeting that goes on and on, with many words, so that it takes some time to say it all."


class Colleague(Agent):
    """Speaks as soon as it takes over."""

    def __init__(self) -> None:
        super().__init__(instructions="You are the colleague.")

    async def on_enter(self) -> None:
        self.session.generate_reply(instructions="Greet.")
        self.session.say("The colleague speaks.")


class Desk(Agent):
    """Gives the test its call. Its tool takes ten seconds."""

    def __init__(self) -> None:
        super().__init__(instructions="You are the front desk.")
        self.booked: list[str] = []

    async def on_enter(self) -> None:
        DESKS[:] = [self]

    @property
    def call(self) -> OngoingCall:
        return call_of(self.session)

    @function_tool
    async def book(self, ctx: RunContext[Any]) -> str:
        """Book a table."""
        await asyncio.sleep(10)
        self.booked.append("a table")
        return "The table is booked."

    @function_tool
    async def hand_off(self) -> Agent:
        """Hand the call to the colleague."""
        return Colleague()


DESKS: list[Desk] = []
Script = Callable[[ScriptedCaller, Desk], Awaitable[None]]


async def plan(call: Call) -> Plan:
    ladder = Silence(say("Still there?", after=8), goodbye("Bye bye.", after=8)) if call.data.get("ladder") else None
    warns = Limits(seconds=100, warning="One minute left.") if call.data.get("warns") else Limits()
    watched = {} if call.data.get("watched", True) else {"dead_air": None}
    sound = BackgroundAudioPlayer() if call.data.get("background") else None
    return Plan(agent=Desk(), greeting="Hello.", silence=ladder, limits=warns, background=sound, **watched)


server = serve(plan)


def played(script: Script, **options: Any) -> SimulatedCall:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("Hello")
        await script(call, DESKS[0])
        await call.hangs_up()

    return simulate(server, caller, **({"replies": REPLIES} | options))


def messages(context: ChatContext) -> list[tuple[str, str]]:
    """The messages after the greeting."""
    every = [(item.role, item.text_content or "") for item in context.items if item.type == "message"]
    return [one for one in every if one[0] != "system"][1:]


@pytest.mark.parametrize("watched", ["true", "false"])
def test_a_muted_agent_answers_neither_words_nor_typed_messages_and_remembers_them(watched: str) -> None:
    async def script(call: ScriptedCaller, desk: Desk) -> None:
        assert await desk.call.quiet("mute", by="ops") == ""
        await call.says("what are your opening hours")
        await call.silent(20)
        await call.types("please tell me your hours")
        await call.silent(20)
        assert await desk.call.end_quiet(by="ops") == ""
        await call.silent(5)
        known.extend(messages(desk.chat_ctx))
        await call.says("so what are your hours")
        await call.hears(OPEN)

    known: list[tuple[str, str]] = []
    call = played(script, metadata=f'{{"watched": {watched}}}')
    assert known == [("user", "what are your opening hours"), ("user", "please tell me your hours")]
    assert call.said == ["Hello.", OPEN]
    assert [record.name for record in call.records if record.name in ("ModelResponded", "Say", "EndCall")] in (
        ["Say", "ModelResponded"],
        ["Say"],
    )
    changes = [(body["mode"], body["by"]) for body in (r.body for r in call.records if r.name == "QuietChanged")]
    assert changes == [("mute", "ops"), ("", "ops")]


def test_without_context_the_model_knows_afterwards_what_it_knew_before() -> None:
    async def script(call: ScriptedCaller, desk: Desk) -> None:
        await call.says("what are your opening hours")
        await call.hears(OPEN)
        before = messages(desk.chat_ctx)
        await desk.call.quiet("mute", context=False)
        await call.says("my card number is four two")
        await call.silent(5)
        await call.types("and my code is nine")
        await desk.call.add_message("The operator has booked.", role="user")
        await call.silent(5)
        await desk.call.end_quiet()
        assert messages(desk.chat_ctx) == [*before, ("user", "The operator has booked.")]

    assert played(script).said == ["Hello.", OPEN]


@pytest.mark.parametrize("interruptible", [True, False])
def test_the_running_speech_is_cut_off(interruptible: bool) -> None:
    async def script(call: ScriptedCaller, desk: Desk) -> None:
        speech = desk.session.say(LONG, allow_interruptions=interruptible)
        await call.silent(1)
        await desk.call.quiet("mute")
        assert (speech.done(), speech.interrupted) == (True, True)
        await call.silent(20)

    assert len(played(script).said[-1]) < len(LONG)


def test_a_turn_that_ends_after_the_quiet_is_answered_although_its_answer_was_requested_before() -> None:
    async def script(call: ScriptedCaller, desk: Desk) -> None:
        async def back(fact: TranscriptReceived, _: OngoingCall) -> None:
            if fact.final:
                await desk.call.end_quiet()

        await desk.call.quiet("mute")
        desk.call.on(TranscriptReceived, back)
        await call.says("what are your opening hours")
        await call.hears(OPEN)

    call = played(script)
    (end,) = (record.elapsed for record in call.records if record.name == "QuietChanged" and not record.body["mode"])
    (committed,) = call.at("TurnCommitted")
    assert end < committed


def test_a_turn_that_began_before_the_quiet_gets_no_answer() -> None:
    async def script(call: ScriptedCaller, desk: Desk) -> None:
        async def mute(fact: TranscriptReceived, _: OngoingCall) -> None:
            if fact.final:
                await desk.call.quiet("mute")

        desk.call.on(TranscriptReceived, mute)
        await call.says("what are your opening hours")
        await call.silent(20)
        assert messages(desk.chat_ctx) == [("user", "what are your opening hours")]

    assert played(script).said == ["Hello."]


def test_the_agents_own_code_cannot_speak_while_the_agent_is_quiet() -> None:
    async def script(call: ScriptedCaller, desk: Desk) -> None:
        await desk.call.quiet("mute")
        await desk.session.say("I say it anyway.")
        await desk.session.generate_reply(user_input="what are your opening hours")
        await desk.session.generate_reply(instructions="Speak.", allow_interruptions=False)
        await call.silent(20)
        await desk.call.end_quiet()
        await desk.session.say("Now I may.")

    assert played(script).said == ["Hello.", "Now I may."]


def test_a_tool_that_runs_goes_on_to_its_end_and_its_result_is_not_spoken() -> None:
    async def script(call: ScriptedCaller, desk: Desk) -> None:
        await call.says("book a table")
        await call.silent(1.5)
        await desk.call.quiet("mute")
        await call.silent(20)
        assert desk.booked == ["a table"]
        await desk.call.end_quiet()
        await call.silent(20)
        outputs = [item.output for item in desk.chat_ctx.items if isinstance(item, llm.FunctionCallOutput)]
        assert outputs == ["The table is booked."]
        await call.says("what are your opening hours")
        await call.hears(OPEN)

    assert played(script).said == ["Hello.", OPEN]


def test_a_handoff_while_the_agent_is_quiet_is_healthy_and_silent() -> None:
    async def script(call: ScriptedCaller, desk: Desk) -> None:
        session = desk.session
        await desk.call.quiet("mute")
        session.update_agent(Colleague())
        await call.silent(20)
        await call.says("what are your opening hours")
        await call.silent(5)
        await call_of(session).end_quiet()
        await call.says("what are your opening hours")
        await call.hears(OPEN)

    assert played(script).said == ["Hello.", OPEN]


def test_no_step_of_the_ladder_is_taken_and_a_quiet_agent_comes_back_by_itself_after_half_an_hour() -> None:
    async def script(call: ScriptedCaller, desk: Desk) -> None:
        await desk.call.quiet("mute", by="ops")
        await call.ended(timeout=3000)

    call = played(script, metadata='{"ladder": true}', longest=4000)
    begun, back = (record for record in call.records if record.name == "QuietChanged")
    assert back.elapsed == pytest.approx(begun.elapsed + 1800, abs=0.01)
    assert (back.body["by"], back.body["detail"]) == ("offhook", "after the maximum of 1800 s")
    assert (call.reason, call.said) == ("silence", ["Hello.", "Still there?", "Bye bye."])


@pytest.mark.slow
def test_a_quiet_agent_does_not_warn_of_the_limit_and_says_goodbye_at_the_limit() -> None:
    async def script(call: ScriptedCaller, desk: Desk) -> None:
        await desk.call.quiet("hold")
        await call.ended(timeout=200)

    call = played(script, metadata='{"warns": true}')
    assert (call.reason, call.said) == ("limit", ["Hello.", Limits().goodbye])


def test_the_goodbye_of_a_quiet_agent_is_heard() -> None:
    async def script(call: ScriptedCaller, desk: Desk) -> None:
        await desk.call.quiet("takeover", by="ops")
        await call.silent(5)
        desk.call.end("Goodbye from all of us.", by="ops")
        await call.ended()

    call = played(script)
    back = [record.body["detail"] for record in call.records if record.name == "QuietChanged"][-1]
    assert (call.said[-1], back) == ("Goodbye from all of us.", "the call is ending")


def test_an_operator_mutes_the_agent_speaks_through_it_and_lets_it_answer_again() -> None:
    async def script(call: ScriptedCaller, desk: Desk) -> None:
        await call.commands(QuietCommand("mute"))
        await call.says("what are your opening hours")
        await call.silent(2)
        await call.commands(SayCommand("One moment, I am getting somebody."))
        await call.hears("getting somebody")
        await call.silent(10)
        await call.commands(ResumeCommand())
        await call.says("what are your opening hours")
        await call.hears(OPEN)

    assert played(script).said == ["Hello.", "One moment, I am getting somebody.", OPEN]


@pytest.mark.slow
def test_a_caller_on_hold_hears_music_and_is_not_heard() -> None:
    async def script(call: ScriptedCaller, desk: Desk) -> None:
        published = desk.session.room_io.room.local_participant.track_publications
        await desk.call.quiet("hold")
        tracks.append([one.name for one in published.values()])
        assert not desk.session.input.audio_enabled
        await call.says("what are your opening hours")
        await call.silent(30)
        await desk.call.end_quiet()
        tracks.append([one.name for one in published.values()])
        assert desk.session.input.audio_enabled
        await call.says("what are your opening hours")
        await call.hears("all day", timeout=60)

    tracks: list[list[str]] = []
    call = played(script, models="offline")
    assert tracks == [["roomio_audio", "background_audio"], ["roomio_audio"]]
    assert (call.heard, call.said) == (["what are your opening hours"], ["Hello.", OPEN])


@pytest.mark.slow
def test_the_agents_own_background_sound_goes_on_after_every_hold() -> None:
    async def script(call: ScriptedCaller, desk: Desk) -> None:
        published = desk.session.room_io.room.local_participant.track_publications
        before = list(published)
        for _ in range(2):
            await desk.call.quiet("hold")
            await call.silent(5)
            await desk.call.end_quiet()
            assert list(published)[: len(before)] == before
            assert len(published) == len(before) + 1
        await call.says("what are your opening hours")
        await call.hears(OPEN)

    assert played(script, metadata='{"background": true}').said == ["Hello.", OPEN]


def test_a_caller_who_waits_for_a_quiet_agent_is_not_away() -> None:
    async def script(call: ScriptedCaller, desk: Desk) -> None:
        await desk.call.quiet("mute")
        await call.silent(60)
        assert desk.session.user_state == "listening"
        await desk.call.end_quiet()
        await call.silent(14)
        assert desk.session.user_state == "listening"
        await call.silent(2)
        assert desk.session.user_state == "away"

    played(script)


def test_quiet_is_not_begun_twice_and_not_ended_twice() -> None:
    async def script(call: ScriptedCaller, desk: Desk) -> None:
        assert await desk.call.end_quiet() == "the agent was not quiet"
        await desk.call.quiet("mute")
        assert await desk.call.quiet("hold") == "already quiet (mute)"
        await asyncio.gather(desk.call.end_quiet(), desk.call.end_quiet())
        assert await desk.call.end_quiet() == "the agent was not quiet"

    assert [record.body["mode"] for record in played(script).records if record.name == "QuietChanged"] == ["mute", ""]
