"""The voice of a real session: lines, failures and the away state."""

import asyncio
from typing import Any

import pytest
from livekit.agents import Agent, AgentSession

from offhook.core.decisions import Ask, MarkAway, Say
from offhook.core.facts import AgentStateChanged
from offhook.core.ladder import Silence
from offhook.core.steps import away
from offhook.engine.voice_health import VoiceHealth
from offhook.session.outbound.voice import SessionVoice

HELLO = Say("Hello.", tag="greeting")


def desk() -> Agent:
    return Agent(instructions="You are the front desk.")


class Hangs(Agent):
    """What it says starts 2.5 s late."""

    async def transcription_node(self, text: Any, model_settings: Any) -> Any:
        await asyncio.sleep(2.5)
        async for piece in text:
            yield piece


class HangsForLong(Agent):
    """What it says starts a minute late."""

    async def transcription_node(self, text: Any, model_settings: Any) -> Any:
        await asyncio.sleep(60)
        async for piece in text:
            yield piece


def states(phone: Any) -> list[str]:
    seen: list[str] = []
    phone.session.on("user_state_changed", lambda event: seen.append(event.new_state))
    return seen


async def test_a_line_is_said_by_the_session(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(desk(), greeting="Hello.")
    await asyncio.sleep(1)
    assert [message.text_content for message in phone.session.history.messages()] == ["Hello."]
    assert edge.find("LinePlayed").body == {"tag": "greeting", "interrupted": False, "error": ""}
    assert edge.done == []


async def test_a_line_that_is_cancelled_before_it_starts_is_not_said_later(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(Hangs(instructions="You are the front desk."))
    voice = SessionVoice(phone.session, fallback=edge, voice_health=VoiceHealth())
    saying = asyncio.create_task(voice.say(HELLO))
    await asyncio.sleep(1)
    handle = phone.session.current_speech
    saying.cancel()
    await asyncio.sleep(5)
    assert handle.interrupted
    assert phone.session.history.messages() == []


async def test_an_answer_is_not_interrupted_while_the_fallback_speaks(pick_up: Any, edge: Any) -> None:
    edge.speech_takes = 10.0
    phone = await pick_up(HangsForLong(instructions="You are the front desk."))
    voice = SessionVoice(phone.session, fallback=edge, voice_health=VoiceHealth())
    saying = asyncio.create_task(voice.say(Say("Hello.", tag="greeting", interruptible=False)))
    await asyncio.sleep(4)
    assert [what.text for _, what in edge.done] == ["Hello."]
    answer = phone.session.generate_reply()
    await asyncio.sleep(5)
    assert not answer.interrupted
    await saying


async def test_the_model_speaks_when_it_is_asked_to(pick_up: Any) -> None:
    phone = await pick_up(desk())
    voice = SessionVoice(phone.session, fallback=None, voice_health=VoiceHealth())  # type: ignore[arg-type]  # it must not be needed
    assert await voice.ask(Ask("Offer to call them back.", tag="silence")) is False
    assert phone.session.history.messages()[-1].text_content == "Shall we call you back later?"


async def test_what_a_closed_session_cannot_say_the_other_mouth_says(edge: Any) -> None:
    session: AgentSession[Any] = AgentSession()
    assert await SessionVoice(session, fallback=edge, voice_health=VoiceHealth()).say(HELLO) is False
    assert [what for _, what in edge.done] == [HELLO]


async def test_asking_a_model_that_fails_is_told(pick_up: Any, edge: Any) -> None:
    session: AgentSession[Any] = AgentSession()
    with pytest.raises(RuntimeError):
        await SessionVoice(session, fallback=edge, voice_health=VoiceHealth()).ask(Ask("Offer help.", tag="silence"))


async def test_away_can_be_forced_and_released(pick_up: Any) -> None:
    phone = await pick_up(desk())
    seen = states(phone)
    phone.call.away()
    await asyncio.sleep(0.1)
    assert (phone.session.user_state, seen) == ("away", ["away"])
    phone.call.away(away=False)
    await asyncio.sleep(0.1)
    assert (phone.session.user_state, seen) == ("listening", ["away", "listening"])
    assert phone.session.options.user_away_timeout == 15.0


async def test_a_caller_who_is_away_is_not_taken_back_to_be_called_away(pick_up: Any) -> None:
    phone = await pick_up(desk())
    await asyncio.sleep(15.1)
    seen = states(phone)
    phone.call.away()
    await asyncio.sleep(1)
    assert (phone.session.user_state, seen) == ("away", [])


async def test_away_that_was_forced_comes_back_after_an_answer(pick_up: Any) -> None:
    phone = await pick_up(desk())
    phone.call.away()
    await phone.says("hello")
    await asyncio.sleep(0.1)
    assert phone.session.user_state == "away"


async def test_away_works_where_livekit_has_no_time_for_it(pick_up: Any) -> None:
    phone = await pick_up(desk())
    phone.call.away_after(None)
    phone.call.away()
    await asyncio.sleep(0.1)
    assert phone.session.user_state == "away"
    phone.call.away(away=False)
    await asyncio.sleep(1000)
    assert phone.session.user_state == "listening"
    assert phone.session.options.user_away_timeout is None


async def test_the_first_step_of_a_ladder_shows_the_caller_as_away(pick_up: Any) -> None:
    phone = await pick_up(desk(), silence=Silence(away(after=5)))
    await asyncio.sleep(5.1)
    assert phone.session.user_state == "away"


async def test_the_time_until_away_can_be_changed_in_mid_call(pick_up: Any) -> None:
    phone = await pick_up(desk())
    seen = states(phone)
    await asyncio.sleep(10)
    phone.call.away_after(3)
    await asyncio.sleep(2.9)
    assert seen == []
    await asyncio.sleep(0.2)
    assert seen == ["away"]


async def test_nobody_is_away_when_that_is_switched_off(pick_up: Any) -> None:
    phone = await pick_up(desk())
    phone.call.away_after(None)
    await asyncio.sleep(1000)
    assert phone.session.user_state == "listening"


async def test_showing_a_caller_of_a_closed_session_as_away_is_no_harm(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(desk())
    await phone.session.aclose()
    SessionVoice(phone.session, fallback=edge, voice_health=VoiceHealth()).mark_away(MarkAway(away=True))
    await asyncio.sleep(1)


async def test_a_new_ladder_is_used_at_once(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(desk())
    phone.call.silence(Silence(away(after=2)), by="tool")
    await asyncio.sleep(2.1)
    assert phone.session.user_state == "away"
    assert edge.find("SilenceChanged").body["by"] == "tool"


async def test_a_goodbye_that_the_other_mouth_has_begun_is_said_again_by_it(pick_up: Any, edge: Any) -> None:
    phone = await pick_up(desk())
    voice_health = VoiceHealth()
    voice_health.failed()
    voice = SessionVoice(phone.session, fallback=edge, voice_health=voice_health)
    polite, firm = (Say("Bye.", tag="goodbye", interruptible=one) for one in (True, False))
    await voice.say(polite)
    voice_health.notice(AgentStateChanged("speaking", since=0.0))
    await voice.say(firm)
    assert [what for _, what in edge.done] == [polite, firm]
