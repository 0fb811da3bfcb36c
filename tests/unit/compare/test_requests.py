"""Which requests to the model count as more than the requests of LiveKit alone."""

from collections.abc import Sequence
from dataclasses import replace

from offhook.core.dead_air import DeadAir
from offhook.core.record import Record
from offhook.testing.compare.harm_requests import more_requests
from offhook.testing.compare.model import Request
from offhook.testing.compare.played import Line, Played

HELLO = "assistant: Hello."
ONE, TWO = (HELLO, "user: one"), (HELLO, "user: one", "user: two")
CHANGED = (HELLO, "user: one", "user: two (in short)")


def played(*items: Sequence[str], lines: Sequence[Line] = ()) -> Played:
    """Return a run with these requests, one every 2 s."""
    requests = [Request(2.0 * number, tuple(one), (), "") for number, one in enumerate(items)]
    return Played(
        requests=requests,
        tools=(),
        lines=lines,
        sound=(),
        beside=(),
        busy=(),
        raised=(),
        stopped=(),
        caller=(),
        records=(),
        zero=0.0,
        reason="",
        detail="",
        seconds=60.0,
        picture="",
    )


def more(alone: Played, ours: Played) -> str:
    return more_requests(alone, ours, until=60.0, settled=56.0)


def test_a_request_that_newer_words_or_the_hook_replace_does_not_count() -> None:
    for ours in (played(ONE, TWO), played(TWO, CHANGED), played(ONE, (HELLO, "user: two"), ONE, TWO)):
        assert more(played(TWO), ours) == "", ours.requests


def test_a_request_that_the_end_of_a_tool_replaces_does_not_count_if_only_a_filler_came_in_between() -> None:
    running, ready = (*TWO, "output: look_up: The tool call is still in progress."), (*TWO, "output: look_up: ready")
    for text, found in ((DeadAir().fillers[0], ""), ("Yes.", "2, not 1")):
        assert more(played(ready), played(running, ready, lines=[Line(1.0, text)])) == found, text


def test_a_request_about_a_tools_result_that_newer_words_replace_does_not_count() -> None:
    result = (*ONE, "output: look_up: ready", "system: New results arrived from background tool calls")
    for text, found in ((DeadAir().fillers[0], ""), ("Yes.", "2, not 1")):
        ours = played(result, (*ONE, "output: look_up: ready", "user: two"), lines=[Line(1.0, text)])
        assert more(played(TWO), ours) == found, text


def test_a_request_before_the_end_of_a_turn_does_not_count_if_an_earlier_turn_was_answered_in_between() -> None:
    before = (HELLO, "user: one", "user: two")
    answered = (HELLO, "user: one", "assistant: Yes.", "user: two")
    assert more(played(answered), played(before, answered)) == ""
    assert more(played(answered), played(before, (*answered, "assistant: Yes."))) == "2, not 1"


def test_a_repeated_request_and_an_answered_request_count() -> None:
    answered = (HELLO, "user: one", "assistant: Yes.", "user: two")
    for ours in (played(TWO, TWO), played(ONE, ONE, TWO), played(ONE, answered)):
        assert more(played(TWO), ours) == "2, not 1", ours.requests


def test_a_tools_result_counts_only_if_livekit_alone_got_it_or_nobody_interrupted_the_tool() -> None:
    result = "output: look_up: ready"
    alone, ours = played(ONE), played(ONE, (*ONE, "call: look_up({})", result))
    assert more(alone, ours) == "2, not 1"
    started = record("ToolStarted", id="call_1", name="look_up")
    cut = record("MessageCommitted", role="assistant", interrupted=True)
    ended = record("ToolEnded", id="call_1")
    assert more(replace(alone, records=[started, cut, ended]), ours) == ""
    assert more(replace(alone, records=[started, ended, cut]), ours) == "2, not 1"
    waits = played((*ONE, "call: look_up({})", "output: look_up: The tool call is still in progress."))
    assert more(replace(waits, records=[started, cut, ended]), ours) == ""
    got = played((*ONE, "call: look_up({})", result))
    assert more(replace(got, records=[started, cut, ended]), ours) == "2, not 1"


def record(name: str, /, **body: object) -> Record:
    return Record(call="c", seq=1, at=1.0, elapsed=1.0, kind="fact", name=name, body=body)


def test_a_request_that_a_handoff_discarded_does_not_count_if_the_next_agent_answers_the_words() -> None:
    def fact(at: float, name: str, **body: object) -> Record:
        return Record("call", 1, at, at, "fact", name, body)

    answered = ((HELLO, "user: one"), (HELLO, "user: one", "assistant: Yes.", "user: two"), ("user: two",))
    ours, alone = played(*answered), played(*answered[:2])
    assert more(alone, ours) == "3, not 2"
    said, carried = fact(2.0, "TranscriptReceived", text="two", final=True), fact(3.0, "WordsCarried", words=1)
    assert more(alone, replace(ours, records=(fact(1.0, "TurnCommitted"), said, carried))) == ""
    for other in (
        (said,),
        (carried,),
        (fact(1.0, "TurnCommitted"), fact(2.0, "TranscriptReceived", text="one", final=True), carried),
        (said, fact(2.5, "TurnCommitted"), carried),
    ):
        assert more(alone, replace(ours, records=other)) == "3, not 2", other
