"""Which requests to the model later requests replaced."""

from offhook.core.dead_air import DeadAir
from offhook.testing.compare.harm_facts import asked_once
from offhook.testing.compare.model import Request
from offhook.testing.compare.played import Line, Played

FIRST = Request(10.0, ("user: number one",), (), "")
SECOND = Request(12.0, ("user: number one", "user: number two"), (), "")


def played(*lines: Line) -> Played:
    return Played(
        requests=[FIRST, SECOND],
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
        seconds=20.0,
        picture="",
    )


def test_a_request_with_more_words_replaces_a_request_that_was_not_answered() -> None:
    assert asked_once(played()) == [SECOND]
    assert asked_once(played(Line(11.0, "Yes."))) == [FIRST, SECOND]


def test_a_filler_between_two_requests_is_no_answer() -> None:
    assert asked_once(played(Line(11.0, DeadAir().fillers[0]))) == [SECOND]
