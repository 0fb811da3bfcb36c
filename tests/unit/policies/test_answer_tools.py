"""An awaited tool gets fillers and a time limit; a tool that talks with the caller, or is released, gets neither."""

import pytest

from offhook.core.dead_air import DeadAir
from offhook.core.decisions import RetryAnswer
from offhook.core.facts import (
    ActionDone,
    CallerStateChanged,
    EndpointingChosen,
    MessageCommitted,
    ModelResponded,
    SpeechEnded,
    Tick,
    ToolEnded,
    ToolReleased,
    ToolStarted,
    TranscriptReceived,
    TurnDeclined,
)
from offhook.policies.answer.running import RunningTools

from .answering import (
    ASKED,
    DEAD,
    ONE,
    TROUBLE,
    TWO,
    UNHEARD,
    WORKS,
    answers,
    asks,
    asks_again,
    hears,
    listens,
    over,
    run,
    sound,
    speaks,
    thinks,
    told,
    tool,
)


def test_a_tool_that_works_is_announced() -> None:
    log = run(WORKS, until=22)
    assert told(log) == [(4.5, ONE), (15.5, TWO)]
    assert log[0][1].why == "no answer 2.5 s after the caller spoke: waiting for a tool"


def test_each_filler_is_said_once_and_the_last_one_again() -> None:
    plan = DeadAir(tool=60, fillers=("One.", "Two.", "Three."))
    assert told(run(WORKS, until=40, plan=plan)) == [(4.5, "One."), (15.5, "Two."), (26.5, "Three."), (37.5, "Three.")]


def test_a_tool_that_hangs_is_given_up_and_the_model_told() -> None:
    ends = [(23.1, ToolEnded("t", "cancelled")), *over(23.2, interrupted="code"), *asks_again(23.2, tag="tool")]
    log = run([*WORKS, *ends], until=60)
    assert told(log) == [(4.5, ONE), (15.5, TWO), (23, "RetryAnswer"), (25.5, ONE), (30.5, TWO), (35, "EndCall")]
    assert log[2][1] == RetryAnswer("tool", why="a tool has run for 20 s while the caller waits")


def test_a_tool_may_be_given_more_time() -> None:
    assert told(run(WORKS, until=40, plan=DeadAir(tool=60))) == [(4.5, ONE), (15.5, TWO), (26.5, TWO), (37.5, TWO)]


def test_a_tool_that_does_not_even_stop_is_not_waited_for_again() -> None:
    facts = [*WORKS, *asks_again(23.1, tag="tool"), *answers(24, 25, speech="second")]
    facts += asks(40, 41, speech="next")
    assert told(run(facts, until=44)) == [(4.5, ONE), (15.5, TWO), (23, "RetryAnswer"), (43.5, ONE)]


def test_a_voice_without_words_is_asked_to_repeat_also_while_an_abandoned_tool_does_not_stop() -> None:
    facts = [*WORKS, *asks_again(23.1, tag="tool"), *answers(24, 25, speech="second"), *sound(30, 32)]
    assert told(run(facts, until=60))[-1] == (35, UNHEARD)


def test_a_model_that_fails_after_a_tool_was_given_up_hands_the_turn_back() -> None:
    facts = [
        *WORKS,
        *over(23.1, interrupted="code"),
        *asks_again(23.1, tag="tool"),
        (23.5, DEAD),
        *over(23.6, "second"),
    ]
    assert told(run(facts, until=24))[2:] == [(23, "RetryAnswer"), (23.6, TROUBLE)]


def test_a_tool_that_begins_late_is_not_interrupted_by_a_retry() -> None:
    assert "RetryAnswer" not in [what for _, what in told(run([*ASKED, *tool(7, 9)], until=14.9))]


def test_after_a_tool_the_answer_has_its_time_again() -> None:
    assert told(run([*ASKED, *tool(3, 20)], until=60))[-4:] == [
        (22.5, TWO),
        (26, "RetryAnswer"),
        (27.5, TWO),
        (32, "EndCall"),
    ]


def test_a_tool_that_ends_before_the_callers_next_turn_is_complete_starts_no_time_limit() -> None:
    more = (3.0, TranscriptReceived("and for Tuesday", final=True))
    log = run([*WORKS, more, (3.1, ToolEnded("t", "done"))], until=12)
    assert told(log) == [(11.5, ONE)]
    assert log[0][1].why.startswith("no answer 2.5 s after the caller spoke")


def test_the_next_turn_gets_its_filler_in_time_also_while_livekit_holds_the_turn_back_for_a_tool() -> None:
    for wait, heard, filler in ((0.4, 8.4, 10.5), (0.4, 8.6, 10.5), (3.0, 8.4, 12.2)):
        chosen = EndpointingChosen(wait, None, "normal")
        log = run([*WORKS, *sound(6, 8), hears(heard), (8.5, chosen)], until=14)
        assert told(log) == [(4.5, ONE), (filler, ONE)], (wait, heard)
        assert log[1][1].why == "no answer 2.5 s after the caller spoke: waiting for a tool"


def test_a_caller_who_speaks_on_starts_the_wait_for_the_end_of_the_turn_again() -> None:
    chosen = (8.5, EndpointingChosen(0.4, None, "normal"))
    log = run([*WORKS, *sound(6, 8), hears(8.4), chosen, *sound(9, 10), hears(10.6)], until=22)
    assert told(log) == [(4.5, ONE), (19.1, ONE)]


def test_a_sound_without_words_does_not_move_the_filler() -> None:
    chosen = (3.9, EndpointingChosen(0.4, None, "normal"))
    assert told(run([*WORKS, *sound(3.2, 3.4), chosen], until=8)) == [(4.6, ONE)]


def test_a_tool_that_nobody_waits_for_is_nobodys_business() -> None:
    assert run([listens(0), *tool(3, 20)], until=60) == []


def test_words_and_a_tool_that_returns_nothing_are_an_answer() -> None:
    called = [(2.9, ModelResponded(22, 1)), speaks(3), (3, ToolStarted("t", "note", "{}"))]
    assert run([*ASKED, *called, (3.1, ToolEnded("t", "done")), *over(5)], until=60) == []


@pytest.mark.parametrize("status", ["done", "cancelled"])
def test_no_words_and_a_tool_without_a_result_are_waited_for_like_an_answer(status: str) -> None:
    ended = ToolEnded("t", status)  # type: ignore[arg-type]  # parametrized
    log = told(run([*WORKS, (3.1, ended), *over(3.2)], until=60))
    assert log[:2] == [(4.5, ONE), (9.1, "RetryAnswer")]


def test_a_tool_that_asks_for_no_answer_owes_nothing() -> None:
    assert run([*ASKED, *tool(3, 3.1, output=""), (3.1, TurnDeclined("tool note")), *over(3.2)], until=60) == []


def test_a_tool_that_is_released_is_not_waited_for() -> None:
    released = [(4, ToolReleased("t")), thinks(4)]
    assert told(run([*WORKS, *released, *answers(5, 6)], until=60)) == [(4.5, ONE), (5, "StopLine")]


def test_what_becomes_of_a_released_tool_is_nobodys_business() -> None:
    released = [(3.5, ToolReleased("t")), *answers(4, 5), (50, ToolEnded("t", "done", output="late"))]
    assert run([*WORKS, *released], until=60) == []


def test_of_several_tools_the_last_one_is_waited_for() -> None:
    both = [*WORKS, (3, ToolStarted("u", "look", "{}")), (4, ToolEnded("t", "done", output="x"))]
    assert told(run(both, until=24)) == [(4.5, ONE), (15.5, TWO), (23, "RetryAnswer")]


def test_a_tool_that_works_on_after_words_is_waited_for_from_the_last_word() -> None:
    called = [(2.9, ModelResponded(22, 1)), speaks(3), (3, ToolStarted("t", "book", "{}")), thinks(5)]
    log = run([*ASKED, *called], until=26)
    assert told(log) == [(7.5, ONE), (18.5, TWO), (25, "RetryAnswer")]
    assert "waiting for a tool" in log[0][1].why


def test_tools_one_after_the_other_do_not_keep_the_caller_in_silence() -> None:
    busy = [fact for n in range(8) for fact in tool(3 + 2 * n, 4.5 + 2 * n, call=f"{n}", output=f"{n}")]
    assert told(run([*ASKED, *busy], until=10.1))[:1] == [(4.5, ONE)]


def test_a_tool_that_runs_while_words_are_paused_by_a_sound_is_nobodys_debt() -> None:
    paused = [speaks(3), (4, CallerStateChanged("speaking", since=4)), listens(4.5), *tool(4.6, 5)]
    assert run([*ASKED, *paused, (5, CallerStateChanged("listening", since=4.6)), *answers(20, 22)], until=60) == []


def test_a_tool_that_works_on_when_a_sound_has_cut_the_words_off_is_waited_for() -> None:
    cut_off = [speaks(3), (3.2, ToolStarted("t", "book", "{}")), *sound(4, 5), *over(5.5, interrupted="sound")]
    assert told(run([*ASKED, *cut_off], until=9)) == [(8, ONE)]


def test_a_fact_that_tells_nothing_of_tools_ends_no_waiting() -> None:
    assert RunningTools().take(Tick(), 1.0) is False


def test_the_end_of_a_tool_that_nobody_knows_is_nothing() -> None:
    assert run([listens(0), (3, ToolEnded("x", "done")), (3, ActionDone("tool"))], until=60) == []


def test_a_tool_of_an_interrupted_turn_is_not_waited_for_once_the_new_turn_is_answered() -> None:
    """A Realtime model answers the new turn first; LiveKit never reports the tool of an interrupted speech."""
    facts = [*WORKS, *asks(6, 7, speech="next"), speaks(8), (9, MessageCommitted("assistant", "Yes.")), thinks(9)]
    ends = [(9, SpeechEnded("next")), (10, SpeechEnded("answer", interrupted="sound")), (20, ToolEnded("t", "done"))]
    assert told(run([*facts, *ends], until=60)) == [(4.5, ONE)]


def test_a_tool_of_this_turn_is_waited_for_after_words() -> None:
    facts = [
        *asks(1, 2),
        (3, ToolStarted("t", "book", "{}")),
        speaks(3),
        (4, MessageCommitted("assistant", "I look it up.")),
        thinks(4),
    ]
    assert told(run(facts, until=7)) == [(6.5, ONE)]
