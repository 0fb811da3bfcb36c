"""Each fault has a name and acts only in its turns."""

import pytest

from offhook.core.errors import OffhookError
from offhook.testing import faults
from offhook.testing.faults.turns import Turns
from offhook.testing.sandbox import Disconnect, Event, Refusal, Request, Sandbox


def test_there_is_a_fault_for_everything_that_we_have_seen() -> None:
    names = [fault.name for fault in faults.table()]
    assert len(names) == len(set(names)) >= 43
    services = {fault.service for fault in faults.table()}
    assert services == {"deepgram", "openai", "responses", "realtime", "cartesia", "network"}


def test_each_is_found_by_its_name() -> None:
    assert all(faults.named(fault.name) is fault for fault in faults.table())


def test_a_misspelt_name_is_told() -> None:
    with pytest.raises(OffhookError, match=r"^there is no fault 'openai\.hang'; did you mean openai\.hangs\?$"):
        faults.named("openai.hang")
    with pytest.raises(OffhookError, match=r"^there is no fault 'xyz'; the faults are: deepgram\.refused_401, "):
        faults.named("xyz")


def test_a_fault_can_be_in_another_turn() -> None:
    fault = faults.openai.stall_after(3)
    assert (fault.turn, fault.until) == (2, 2)
    assert (fault.in_turn(1).turn, fault.in_turn(1).until) == (1, 1)
    assert fault.in_turn(3, for_good=True).until is None


def test_a_turn_that_cannot_be_is_refused() -> None:
    with pytest.raises(OffhookError, match="count turns from 0"):
        faults.openai.hangs().in_turn(-1)


def chat(turn: int) -> Request:
    messages = [{"role": "user", "content": "hello"}] * turn
    return Request("openai", "/v1/chat/completions", "post", {"messages": messages})


def chunk(number: int, text: str = "word ") -> Event:
    payload = f'data: {{"choices": [{{"delta": {{"content": "{text}"}}}}]}}\n\n'
    return Event("openai", "/v1/chat/completions", "chunk", number, payload)


async def test_it_happens_in_its_turn_only() -> None:
    sandbox = Sandbox()
    faults.openai.refused(500).install(sandbox)
    hook = sandbox.openai.hook
    assert [await hook.before_answer(chat(turn)) for turn in (1, 2, 3)] == [None, Refusal(500), None]


async def test_it_happens_so_many_times() -> None:
    sandbox = Sandbox()
    faults.openai.refused(429, times=1).install(sandbox)
    assert [await sandbox.openai.hook.before_answer(chat(2)) for _ in range(2)] == [Refusal(429), None]


async def test_words_leave_until_the_line_is_cut() -> None:
    sandbox = Sandbox()
    faults.openai.drop_after(2).install(sandbox)
    hook = sandbox.openai.hook
    await hook.before_answer(chat(2))
    assert [await hook.before_event(chunk(n)) for n in range(2)] == [chunk(0).payload, chunk(1).payload]
    with pytest.raises(Disconnect):
        await hook.before_event(chunk(2))


async def test_two_faults_are_there_together() -> None:
    sandbox = Sandbox()
    faults.openai.refused(500, turn=1).install(sandbox)
    faults.openai.refused(503, turn=2).install(sandbox)
    hook = sandbox.openai.hook
    assert [await hook.before_answer(chat(turn)) for turn in (1, 2)] == [Refusal(500), Refusal(503)]


async def test_another_provider_is_left_alone() -> None:
    sandbox = Sandbox()
    faults.cartesia.locked(401).install(sandbox)
    spoken = Request("cartesia", "/tts/websocket", "connect")
    assert await sandbox.openai.hook.before_answer(chat(1)) is None
    assert await sandbox.cartesia.hook.before_answer(spoken) == Refusal(401)


def results(text: str, *, final: bool) -> Event:
    said = f'{{"is_final": {str(final).lower()}, "channel": {{"alternatives": [{{"transcript": "{text}"}}]}}}}'
    return Event("deepgram", "/v1/listen", "Results", 0, said)


def test_turns_are_what_the_caller_says() -> None:
    turns, counted = Turns(), []
    for event in (results("hel", final=False), results("hello", final=True), results("", final=True)):
        turns.told(event)
        counted.append(turns.now)
    turns.told(Event("deepgram", "/v1/listen", "SpeechStarted", 0, "{}"))
    assert [*counted, turns.now] == [1, 1, 1, 2]
