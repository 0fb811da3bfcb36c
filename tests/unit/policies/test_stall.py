"""A caller who has spoken hears something in time, whatever the models do."""

from collections.abc import Iterable

import pytest

from offhook.core.errors import PlanError
from offhook.core.facts import (
    AgentTurned,
    AskedBeside,
    CallerTurned,
    Did,
    EndCancelled,
    EndWanted,
    Fact,
    Heard,
    KeyPressed,
    ModelFailed,
    Planned,
    Said,
    Spoken,
    Tick,
    ToolEnded,
    ToolRefused,
    ToolStarted,
    Unspoken,
    VoiceStalled,
)
from offhook.core.stall import DeadAir
from offhook.core.wishes import EndCall, Hush, Retry, Say, Wish
from offhook.policies.stall import Stall

At = tuple[float, Fact]
ONE, TWO = DeadAir().fillers
DEAD = ModelFailed("llm_error", recoverable=False, error="APIStatusError: 401")


def listens(at: float) -> At:
    return at, AgentTurned("listening", since=at)


def thinks(at: float) -> At:
    return at, AgentTurned("thinking", since=at)


def speaks(at: float) -> At:
    return at, AgentTurned("speaking", since=at)


def voice(at: float, until: float) -> list[At]:
    return [(at, CallerTurned("speaking", since=at)), (until + 0.5, CallerTurned("listening", since=until))]


def asks(at: float, until: float) -> list[At]:
    """The caller says something and is understood; the model is asked."""
    return [*voice(at, until), (until + 0.6, Heard("hello", final=True)), (until + 0.7, Said("user", "hello"))]


def fails(at: float) -> list[At]:
    """The caller asks, and both tries fail."""
    first = [thinks(at + 2.7), (at + 3, DEAD), listens(at + 3.1)]
    return [*asks(at + 1, at + 2), *first, thinks(at + 3.2), (at + 3.5, DEAD), listens(at + 3.6)]


def run(facts: Iterable[At], *, until: float, plan: DeadAir | None = DeadAir()) -> list[tuple[float, Wish]]:  # noqa: B008  # frozen
    """What was wished for and when; a filler takes one second."""
    stall, log, waiting = Stall(), [], sorted([(0.0, Planned(dead_air=plan)), *facts], key=lambda pair: pair[0])
    while True:
        at = min(stall.deadline if stall.deadline is not None else 1e9, waiting[0][0] if waiting else 1e9)
        if at > until:
            return log
        fact: Fact = waiting.pop(0)[1] if waiting and waiting[0][0] <= at else Tick()
        for wish in stall.handle(fact, at):
            log.append((round(at, 3), wish))
            if isinstance(wish, Say):
                waiting = sorted([*waiting, (at + 1, Spoken("filler"))], key=lambda pair: pair[0])


def told(log: list[tuple[float, Wish]]) -> list[tuple[float, str]]:
    return [(at, wish.text if isinstance(wish, Say) else type(wish).__name__) for at, wish in log]


def test_an_answer_in_time_needs_nothing() -> None:
    assert run([listens(0), *asks(1, 2), thinks(2.7), speaks(3.5), listens(6)], until=60) == []


def test_a_caller_who_waits_is_told_so_and_at_last_let_go() -> None:
    log = run([listens(0), *asks(1, 2), thinks(2.7)], until=60)
    assert told(log) == [(4.5, ONE), (8.0, "Retry"), (9.5, TWO), (14.0, "EndCall")]
    assert log[0][1] == Say(ONE, tag="filler", beside=True, why="no answer yet, 2.5 s since the caller spoke")
    assert log[-1][1] == EndCall("error", by="stall", why="no answer 12.0 s since the caller spoke")


def test_no_silence_is_longer_than_five_seconds() -> None:
    log = run([listens(0), *asks(1, 2), thinks(2.7)], until=60)
    heard = [2.0, *(moment for at, wish in log if isinstance(wish, Say | EndCall) for moment in (at, at + 1))]
    assert max(b - a for a, b in zip(heard[::2], heard[1::2], strict=False)) <= 5


def test_the_answer_ends_the_waiting() -> None:
    assert told(run([listens(0), *asks(1, 2), thinks(2.7), speaks(6)], until=60)) == [(4.5, ONE)]


def test_a_filler_makes_room_for_the_answer() -> None:
    log = run([listens(0), *asks(1, 2), thinks(2.7), speaks(5)], until=60)
    assert log[-1] == (5, Hush("filler", why="the agent speaks"))


def test_a_caller_who_speaks_on_does_not_wait() -> None:
    assert run([listens(0), *asks(1, 2), thinks(2.7), (3, CallerTurned("speaking", since=3))], until=60) == []


def test_a_typed_question_is_waited_for_from_its_arrival() -> None:
    assert told(run([listens(0), (5, Said("user", "hello")), thinks(5.1)], until=8)) == [(7.5, ONE)]


def test_an_agent_that_answers_unasked_is_waited_for_too() -> None:
    assert told(run([listens(0), thinks(5)], until=8)) == [(7.5, ONE)]


def test_a_model_that_says_nothing_is_asked_once_more() -> None:
    log = run([listens(0), *asks(1, 2), thinks(2.7), listens(3), thinks(3.1), listens(3.5)], until=60)
    assert told(log) == [(3, "Retry"), (3.5, DeadAir().trouble)]
    assert log[0][1].why == "no answer 1.0 s since the caller spoke: it said nothing"


def test_an_agent_may_say_nothing_after_a_tool() -> None:
    tool = [(2.8, ToolStarted("t", "note", "{}")), (2.9, ToolEnded("t", "done"))]
    assert run([listens(0), *asks(1, 2), thinks(2.7), *tool, listens(3)], until=60) == []


def test_an_agent_that_was_not_asked_to_think_owes_nothing() -> None:
    assert run([speaks(0), *asks(1, 2), listens(2.8)], until=4) == []


def test_words_that_a_voice_only_claims_to_have_said_are_said_after_all() -> None:
    facts = [listens(0), *asks(1, 2), thinks(2.7), speaks(3), (4, Unspoken("for two", heard=0.7)), listens(4.1)]
    assert told(run(facts, until=6)) == [(4.1, "Retry")]


def test_a_model_that_broke_off_is_asked_once_more_when_its_words_are_said() -> None:
    facts = [listens(0), *asks(1, 2), thinks(2.7), (2.8, DEAD), speaks(3), listens(4)]
    assert told(run(facts, until=6)) == [(4, "Retry")]


def test_a_model_that_failed_is_asked_once_more_at_once() -> None:
    log = run([listens(0), *asks(1, 2), thinks(2.7), (3, DEAD), listens(3.1)], until=4)
    assert log == [(3.1, Retry(tag="retry", why="no answer 1.1 s since the caller spoke: APIStatusError: 401"))]


def test_a_second_failure_is_told_and_the_third_turn_in_a_row_ends_the_call() -> None:
    log = run([listens(0), *fails(0), *fails(10)], until=60)
    assert told(log) == [(3.1, "Retry"), (3.6, DeadAir().trouble), (13.1, "Retry"), (13.6, "EndCall")]
    why = "the second try failed too: APIStatusError: 401"
    assert log[1][1] == Say(DeadAir().trouble, tag="filler", beside=True, why=why)
    assert log[-1][1] == EndCall("error", by="stall", why=why)


def test_a_turn_that_went_well_begins_the_count_anew() -> None:
    well = [*asks(5, 6), thinks(6.7), speaks(7), listens(8)]
    log = run([listens(0), *fails(0), *well, *fails(10)], until=14.5)
    assert told(log)[-1] == (13.6, DeadAir().trouble)


def test_a_voice_that_breaks_off_twice_is_not_tried_for_ever() -> None:
    facts = [listens(0), *asks(1, 2), thinks(2.7), speaks(3), (4, DEAD), listens(4.1)]
    facts += [thinks(4.2), speaks(5), (6, DEAD), listens(6.1)]
    assert told(run(facts, until=60)) == [(4.1, "Retry"), (6.1, DeadAir().trouble)]


def test_a_voice_that_broke_off_is_told_as_the_reason() -> None:
    facts = [listens(0), *asks(1, 2), thinks(2.7), (3, Unspoken("for two")), listens(3.1)]
    assert run(facts, until=4)[0][1].why == "no answer 1.1 s since the caller spoke: the voice broke off"


def test_a_voice_that_broke_off_is_given_another_try() -> None:
    facts = [listens(0), *asks(1, 2), thinks(2.7), speaks(3), (4, ModelFailed("tts_error", False, "closed"))]
    assert told(run([*facts, listens(4.5)], until=8)) == [(4.5, "Retry"), (7.0, ONE)]


def test_what_livekit_recovers_from_is_no_failure() -> None:
    facts = [listens(0), *asks(1, 2), thinks(2.7), (3, ModelFailed("llm_error", True, "429")), speaks(3.1), listens(5)]
    assert run(facts, until=60) == []


def test_a_voice_that_stalls_is_waited_for_like_an_answer() -> None:
    facts = [listens(0), *asks(1, 2), thinks(2.7), speaks(3), (6, VoiceStalled(since=5))]
    assert told(run(facts, until=12)) == [(7.5, ONE), (11, "Retry")]


def test_a_tool_that_works_is_announced() -> None:
    facts = [listens(0), *asks(1, 2), thinks(2.7), (3, ToolStarted("t", "book", "{}"))]
    log = run(facts, until=22)
    assert told(log) == [(4.5, ONE), (15.5, TWO)]
    assert log[0][1].why == "a tool works, 2.5 s since the caller spoke"


def test_each_filler_is_said_once_and_the_last_one_again() -> None:
    facts = [listens(0), *asks(1, 2), thinks(2.7), (3, ToolStarted("t", "book", "{}"))]
    plan = DeadAir(tool=60, fillers=("One.", "Two.", "Three."))
    assert told(run(facts, until=40, plan=plan)) == [(4.5, "One."), (15.5, "Two."), (26.5, "Three."), (37.5, "Three.")]


def test_a_tool_that_hangs_is_given_up_and_the_model_told() -> None:
    facts = [listens(0), *asks(1, 2), thinks(2.7), (3, ToolStarted("t", "book", "{}"))]
    log = run([*facts, (23.1, ToolEnded("t", "cancelled")), listens(23.2)], until=60)
    assert told(log) == [(4.5, ONE), (15.5, TWO), (23, "Retry"), (25.5, ONE), (30.5, TWO), (35, "EndCall")]
    assert log[2][1] == Retry("tool", why="a tool has worked for 20 s and the caller waits for it")


def test_a_tool_may_be_given_more_time() -> None:
    facts = [listens(0), *asks(1, 2), thinks(2.7), (3, ToolStarted("t", "book", "{}"))]
    assert told(run(facts, until=40, plan=DeadAir(tool=60))) == [(4.5, ONE), (15.5, TWO), (26.5, TWO), (37.5, TWO)]


def test_a_model_that_only_calls_tools_is_asked_for_words() -> None:
    loop = [fact for n in range(4) for fact in ((2.8 + n / 10, ToolStarted(f"{n}", "look", f'{{"n": {n}}}')),)]
    ends = [(2.85 + n / 10, ToolEnded(f"{n}", "done")) for n in range(4)]
    assert told(run([listens(0), *asks(1, 2), thinks(2.7), *loop, *ends, listens(3.5)], until=4)) == [(3.5, "Retry")]


def test_a_tool_that_begins_late_is_not_interrupted_by_a_second_try() -> None:
    facts = [listens(0), *asks(1, 2), thinks(2.7), (7, ToolStarted("t", "book", "{}")), (9, ToolEnded("t", "done"))]
    assert "Retry" not in [what for _, what in told(run(facts, until=14.9))]


def test_a_model_that_fails_after_a_tool_was_given_up_hands_the_turn_back() -> None:
    facts = [listens(0), *asks(1, 2), thinks(2.7), (3, ToolStarted("t", "book", "{}"))]
    facts += [(23.1, Did("tool")), (23.5, DEAD), listens(23.6)]
    assert told(run(facts, until=24))[2:] == [(23, "Retry"), (23.6, DeadAir().trouble)]


def test_after_a_tool_the_answer_has_its_time_again() -> None:
    tool = [(3, ToolStarted("t", "book", "{}")), (20, ToolEnded("t", "done"))]
    assert told(run([listens(0), *asks(1, 2), thinks(2.7), *tool], until=60))[-3:] == [
        (26, "Retry"),
        (27.5, TWO),
        (32, "EndCall"),
    ]


def test_a_tool_that_nobody_waits_for_is_nobodys_business() -> None:
    facts = [listens(0), (3, ToolStarted("t", "book", "{}")), (20, ToolEnded("t", "done")), (21, KeyPressed("1"))]
    assert run(facts, until=60) == []


def test_a_voice_without_words_is_asked_to_repeat_and_at_last_let_go() -> None:
    facts = [listens(0), *voice(1, 3), *voice(10, 12), *voice(20, 22)]
    log = run(facts, until=60)
    unheard = DeadAir().unheard
    assert told(log) == [(6, unheard), (15, "Retry"), (15, unheard), (25, "EndCall")]
    assert log[3][1] == EndCall("error", by="stall", why="a voice was heard and no word in 3.0 s, 3 of 3")
    assert log[1][1] == Retry("ears", why="a voice was heard and no word in 3.0 s, 2 of 3")
    assert log[0][1].why == "a voice was heard and no word in 3.0 s, 1 of 3"


def test_who_is_being_answered_is_not_asked_to_repeat() -> None:
    facts = [listens(0), *voice(1, 3), (3.6, AgentTurned("thinking", since=3.6)), speaks(6.5), listens(8)]
    assert DeadAir().unheard not in [what for _, what in told(run(facts, until=60))]


def test_a_cough_is_no_voice() -> None:
    assert run([listens(0), *voice(1, 1.5)], until=60) == []


def test_words_in_between_begin_the_count_anew() -> None:
    facts = [listens(0), *voice(1, 3), *voice(10, 12), (12.5, Heard("hel", final=False)), *voice(20, 22)]
    assert told(run(facts, until=60)) == [(6, DeadAir().unheard), (25, DeadAir().unheard)]


def test_who_speaks_over_the_agent_is_not_asked_to_repeat() -> None:
    assert run([speaks(0), *voice(1, 3)], until=60) == []


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_transcript_is_no_word(text: str) -> None:
    assert told(run([listens(0), *voice(1, 3), (3.5, Heard(text, final=True))], until=7)) == [(6, DeadAir().unheard)]


def test_a_sound_that_never_began_ends_nothing() -> None:
    assert run([listens(0), (1, CallerTurned("listening", since=1))], until=60) == []


def test_while_the_call_ends_nobody_is_consoled() -> None:
    log = run([listens(0), *asks(1, 2), thinks(2.7), (5, EndWanted("agent_ended"))], until=60)
    assert told(log) == [(4.5, ONE), (5, "Hush")]
    assert log[-1][1] == Hush("filler", why="the call is ending")


def test_a_call_that_goes_on_after_all_begins_anew() -> None:
    facts = [listens(0), *asks(1, 2), thinks(2.7), (3, EndWanted("agent_ended")), (4, EndCancelled("agent_ended"))]
    assert told(run([*facts, *asks(20, 21), thinks(21.7)], until=24)) == [(23.5, ONE)]


def test_it_can_be_switched_off() -> None:
    assert run([listens(0), *asks(1, 2), thinks(2.7)], until=60, plan=None) == []


def test_the_budgets_are_the_plans() -> None:
    plan = DeadAir(filler=1, retry=2, give_up=3, fillers=("Hm.",))
    assert told(run([listens(0), *asks(1, 2), thinks(2.7)], until=60, plan=plan)) == [
        (3, "Hm."),
        (4, "Retry"),
        (5, "EndCall"),
    ]


def test_a_tick_for_others_is_nothing() -> None:
    assert Stall().handle(Tick(), 1.0) == ()
    assert run([listens(0), *asks(1, 2), thinks(2.7), (3, Tick())], until=4) == []


def test_an_agent_that_is_not_there_yet_owes_nothing() -> None:
    assert run([(0, AgentTurned("initializing", since=0)), (1, AgentTurned("idle", since=1))], until=60) == []


@pytest.mark.parametrize("name", ["filler", "again", "working", "retry", "give_up", "deaf", "voiced", "tool"])
@pytest.mark.parametrize("value", [0, -1, 601, float("nan")])
def test_budgets_are_possible_times(name: str, value: float) -> None:
    with pytest.raises(PlanError, match=rf"^DeadAir\({name}=.*\): give seconds, more than 0 and at most 600$"):
        DeadAir(**{name: value})


@pytest.mark.parametrize("order", [{"filler": 7}, {"retry": 13}, {"give_up": 5}])
def test_budgets_have_an_order(order: dict[str, float]) -> None:
    with pytest.raises(PlanError, match="the filler comes first"):
        DeadAir(**order)  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(("name", "least"), [("same", 2), ("tools_in_turn", 1), ("tools_in_call", 1)])
def test_some_calls_of_tools_are_always_allowed(name: str, least: int) -> None:
    DeadAir(**{name: least})
    with pytest.raises(PlanError, match=rf"^DeadAir\({name}={least - 1}\): give how many calls of tools, {least} or"):
        DeadAir(**{name: least - 1})


def test_turns_are_counted_from_one() -> None:
    with pytest.raises(PlanError, match="give how many turns"):
        DeadAir(deafs=0)


@pytest.mark.parametrize("texts", [{"fillers": ()}, {"fillers": (" ",)}, {"unheard": ""}, {"trouble": ""}])
def test_what_is_said_can_be_heard(texts: dict[str, object]) -> None:
    with pytest.raises(PlanError, match="give texts that can be heard"):
        DeadAir(**texts)  # type: ignore[arg-type]  # by name


LOST = ModelFailed("realtime_model_error", recoverable=True, error="the connection was closed")


def test_a_realtime_model_that_loses_its_answer_is_asked_once_more_soon() -> None:
    facts = [listens(0), *asks(1, 2), (3, LOST), (4.5, LOST)]
    assert told(run(facts, until=6)) == [(4, "Retry"), (4.5, ONE)]


def test_a_second_error_of_it_hands_the_turn_back() -> None:
    facts = [listens(0), *asks(1, 2), (3, LOST), thinks(4.2), (4.5, LOST)]
    assert told(run(facts, until=6)) == [(4, "Retry"), (4.5, ONE), (5.5, DeadAir().trouble)]


@pytest.mark.parametrize(("text", "wishes"), [("We are open", [(5, "Retry")]), ("We are open.", [])])
def test_a_realtime_answer_that_is_torn_off_is_gone_on_with(text: str, wishes: list[tuple[float, str]]) -> None:
    facts = [listens(0), *asks(1, 2), speaks(3), (4, LOST), (4.9, Said("assistant", text)), listens(5)]
    assert told(run(facts, until=6)) == wishes


def test_a_realtime_model_that_says_nothing_of_thinking_may_fail_again() -> None:
    facts = [listens(0), *asks(1, 2), (3, LOST), (4.1, Did("retry")), (4.2, LOST)]
    assert told(run(facts, until=6)) == [(4, "Retry"), (4.5, ONE), (5.2, DeadAir().trouble)]


def test_an_error_of_a_realtime_model_between_the_turns_is_nothing() -> None:
    assert run([listens(0), (1, LOST)], until=60) == []


def test_a_voice_that_stalls_again_after_the_second_try_hands_the_turn_back() -> None:
    facts = [listens(0), *asks(1, 2), thinks(2.7), speaks(3), (6, VoiceStalled(since=5))]
    facts += [(11.1, Unspoken("for two")), listens(11.1), thinks(11.2), speaks(11.5), (14, VoiceStalled(since=13))]
    facts += [(19.5, Unspoken("by the window")), (19.6, VoiceStalled(since=18)), listens(19.7)]
    assert told(run(facts, until=40)) == [(7.5, ONE), (11, "Retry"), (15.5, ONE), (19, DeadAir().trouble)]


def test_an_answer_that_lets_go_is_not_taken_for_the_second_try() -> None:
    facts = [listens(0), *asks(1, 2), thinks(2.7), (8.01, DEAD), listens(8.02), thinks(8.1), speaks(9), listens(12)]
    assert told(run(facts, until=60)) == [(4.5, ONE), (8, "Retry")]


def test_a_tool_that_does_not_even_stop_is_not_waited_for_again() -> None:
    facts = [listens(0), *asks(1, 2), thinks(2.7), (3, ToolStarted("t", "book", "{}"))]
    facts += [speaks(24), listens(25), thinks(25), *asks(40, 41), thinks(41.7)]
    assert told(run(facts, until=44)) == [(4.5, ONE), (15.5, TWO), (23, "Retry"), (43.5, ONE)]


def calls(at: float, count: int) -> list[At]:
    """The same tool with the same arguments, so many times."""
    begun = [(at + n / 10, ToolStarted(f"{n}", "look", "{}")) for n in range(count)]
    return [*begun, *[(at + n / 10 + 0.05, ToolEnded(f"{n}", "done")) for n in range(count)]]


def test_the_same_call_of_a_tool_again_and_again_is_cut_short() -> None:
    log = run([listens(0), *asks(1, 2), thinks(2.7), *calls(2.8, 4)], until=4)
    assert log == [(3.0, Retry("loop", why="the same call as 2 before it in this turn"))]


def test_the_same_call_in_the_next_turn_is_a_new_one() -> None:
    turns = [fact for at in (0, 10, 20) for fact in (*asks(at + 1, at + 2), thinks(at + 2.7), *calls(at + 2.8, 1))]
    spoken = [fact for at in (0, 10, 20) for fact in (speaks(at + 3), listens(at + 4))]
    assert run([listens(0), *turns, *spoken], until=60) == []


def test_a_model_that_was_kept_from_a_tool_owes_words() -> None:
    facts = [listens(0), *asks(1, 2), thinks(2.7), *calls(2.8, 2), (3, ToolRefused("look", "the same")), listens(3.1)]
    assert run(facts, until=4) == [(3.1, Retry("loop", why="no answer 0.2 s since the caller spoke: it said nothing"))]


BESIDE = AskedBeside()


def test_an_answer_that_comes_late_is_not_cut_off_by_the_second_request() -> None:
    facts = [listens(0), *asks(1, 2), thinks(2.7), (8.05, BESIDE), (8.05, Did("retry")), speaks(11), listens(12)]
    assert told(run(facts, until=60)) == [(4.5, ONE), (8, "Retry"), (9.5, TWO)]


def test_of_two_requests_one_may_fail() -> None:
    facts = [listens(0), *asks(1, 2), thinks(2.7), (8.05, BESIDE), (8.1, Did("retry")), (8.5, DEAD), speaks(9)]
    assert told(run([*facts, listens(11)], until=60)) == [(4.5, ONE), (8, "Retry")]


def test_of_two_requests_both_may_give_nothing() -> None:
    facts = [listens(0), *asks(1, 2), thinks(2.7), (8.05, BESIDE), (8.1, Did("retry")), listens(9)]
    assert told(run(facts, until=60)) == [(4.5, ONE), (8, "Retry"), (9, DeadAir().trouble)]


DEAF = ModelFailed("stt_error", recoverable=True, error="the connection was closed")


def torn(partial: str, final: str) -> list[At]:
    """The recogniser breaks off while the caller speaks, and understands the rest."""
    before = [(2.0, Heard(partial, final=False))] if partial else []
    said = [(4.4, Heard(final, final=True)), (4.5, Said("user", final)), thinks(4.5)]
    return [listens(0), *voice(1, 4), *before, (2.5, DEAF), *said]


@pytest.mark.parametrize(("partial", "final"), [("I would like a", "table for two"), ("", "table for two")])
def test_who_was_heard_in_part_is_asked_to_say_it_again(partial: str, final: str) -> None:
    log = run([*torn(partial, final), (4.6, Did("unheard")), speaks(5), listens(8)], until=60)
    assert told(log) == [(4.5, "Retry"), (4.6, DeadAir().unheard)]
    assert log[0] == (4.5, Retry("unheard", why="the recogniser broke off while the caller spoke"))
    why = "the answer to what was heard in part is given up"
    assert log[1][1] == Say(DeadAir().unheard, tag="unheard", why=why)


def test_who_goes_on_before_they_can_be_asked_to_is_listened_to() -> None:
    assert told(run([*torn("", "table for two"), *voice(4.6, 6), (4.7, Did("unheard"))], until=7)) == [(4.5, "Retry")]


@pytest.mark.parametrize("partial", ["", "I would like a"])
def test_who_was_understood_after_all_is_not_asked_again(partial: str) -> None:
    facts = torn(partial, "I would like a table for two")
    assert run([*facts, speaks(5), listens(8)], until=60) == []


def test_words_that_come_while_the_caller_still_speaks_may_be_all_of_them() -> None:
    said = [(2.4, Heard("I would like a table", final=True)), (4.5, Said("user", "I would like a table")), thinks(4.5)]
    assert run([listens(0), *voice(1, 4), (2, DEAF), *said, speaks(5), listens(8)], until=60) == []


def test_a_recogniser_that_breaks_off_while_nobody_speaks_has_lost_nothing() -> None:
    assert run([listens(0), (0.5, DEAF), *asks(1, 2), thinks(2.7), speaks(3), listens(4)], until=60) == []


def test_a_short_word_that_is_lost_is_asked_for_too() -> None:
    assert told(run([listens(0), *voice(1, 1.8), (1.7, DEAF)], until=8)) == [(4.8, DeadAir().unheard)]
