"""A caller who speaks in the silence at the end of a line, while a tool of this line still runs."""

import pytest

from offhook.testing.compare import CallSpec, Played, ToolSpec, TurnSpec, VoiceSpec, play
from offhook.testing.compare.spec import Deed

TAIL = 3.0


def speaks_into_the_silence(does: Deed = "says", after: float = 1.0) -> Played:
    """The agent says "Yes.", and its tool runs for 30 s. The caller makes the sound `after` seconds after the words."""
    works = TurnSpec(answer="Yes.", words=True, tools=(ToolSpec("look_up", seconds=30.0),))
    return play(CallSpec(turns=(works, TurnSpec(does, after)), voice=VoiceSpec(tail=TAIL), plan=True), "ours")


def facts(call: Played, name: str) -> list[float]:
    return [round(one.at - call.zero, 2) for one in call.records if one.name == name]


def test_words_in_the_silence_are_answered_although_the_tool_still_runs() -> None:
    call = speaks_into_the_silence()
    (began, ended, _) = call.caller[-1]
    assert facts(call, "PlayoutPaused") == [pytest.approx(began + 0.8, abs=0.05)]
    answered = next(line.began for line in call.lines if line.text == "That is fine.")
    assert ended < answered < ended + 1.5


def test_a_short_sound_in_the_silence_does_not_pause_the_agent() -> None:
    for does in ("cough", "backchannel"):
        call = speaks_into_the_silence(does)
        assert (len(facts(call, "PlayoutPaused")), len(facts(call, "PlayoutKept"))) == (0, 1), does


def test_a_sound_shortly_before_the_end_of_the_silence_does_not_pause_the_agent() -> None:
    call = speaks_into_the_silence(after=TAIL)
    assert (len(facts(call, "PlayoutPaused")), len(facts(call, "PlayoutKept"))) == (0, 1)
