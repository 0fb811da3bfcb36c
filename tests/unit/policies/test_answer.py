"""A caller who has spoken hears an answer or a filler in time; an answer in time leads to no decision."""

from offhook.core.dead_air import DeadAir
from offhook.core.decisions import EndCall, Say, StopLine
from offhook.core.facts import (
    AgentStateChanged,
    CallerStateChanged,
    MessageCommitted,
    ModelResponded,
    ModelResponding,
    PlayoutPaused,
    PlayoutResumed,
    SpeechCreated,
    TranscriptReceived,
    TurnCommitted,
    TurnDeclined,
)

from .answering import (
    ONE,
    TWO,
    answers,
    asks,
    asks_again,
    hears,
    listens,
    over,
    run,
    silent,
    sound,
    speaks,
    thinks,
    told,
)

HANGS = [listens(0), *asks(1, 2)]
"""The caller asks, and no answer follows."""


def test_an_answer_in_time_needs_nothing() -> None:
    assert run([*HANGS, *answers(3.5, 6)], until=60) == []


def test_a_caller_who_waits_is_told_so_and_at_last_let_go() -> None:
    log = run([*HANGS, *asks_again(8.1)], until=60)
    assert told(log) == [(4.5, ONE), (8.0, "RetryAnswer"), (9.5, TWO), (14.0, "EndCall")]
    why = "no answer 2.5 s after the caller spoke: waiting for the model"
    assert log[0][1] == Say(ONE, tag="filler", out_of_band=True, why=why)
    why = "no answer 12.0 s after the caller spoke: waiting for the model"
    assert log[-1][1] == EndCall("error", by="answer", why=why)


def test_no_silence_is_longer_than_five_seconds() -> None:
    log = run(HANGS, until=60)
    heard = [2.0, *(moment for at, decision in log if isinstance(decision, Say | EndCall) for moment in (at, at + 1))]
    assert max(b - a for a, b in zip(heard[::2], heard[1::2], strict=False)) <= 5


def test_the_answer_ends_the_waiting() -> None:
    assert told(run([*HANGS, *answers(6, 8)], until=60)) == [(4.5, ONE)]


def test_a_filler_makes_room_for_the_caller() -> None:
    hello = hears(5, "hello?", final=False)
    assert told(run([*HANGS, *sound(4.6, 5.5), hello], until=7)) == [(4.5, ONE), (5, "StopLine")]
    mhm = (5.0, TranscriptReceived("mhm", final=False, backchannel=True))
    for sounds in ([*sound(4.6, 5.5), mhm], [hello]):  # a backchannel, and a transcript of earlier words
        assert told(run([*HANGS, *sounds], until=7)) == [(4.5, ONE)]


def test_a_filler_makes_room_for_the_answer() -> None:
    assert run([*HANGS, *answers(5, 8)], until=60)[-1] == (5, StopLine("filler", why="the agent speaks"))


def test_a_sound_pays_no_debt() -> None:
    without, noisy = run(HANGS, until=60), run([*HANGS, *sound(5, 5.3)], until=60)
    assert told(noisy) == told(without)


def test_a_sound_holds_everything_back_for_six_seconds_at_most() -> None:
    noise = (3.5, CallerStateChanged("speaking", since=3.5))
    log = told(run([*HANGS, noise], until=60))
    assert log == [(9.5, "RetryAnswer"), (9.5, ONE), (14, "EndCall")]


def test_many_sounds_hold_no_longer_than_one() -> None:
    noise = [fact for n in range(12) for fact in sound(3 + n * 1.2, 3.2 + n * 1.2)]
    (first, *_) = told(run([*HANGS, *noise], until=60))
    assert first[0] <= 11


def test_what_a_sound_delays_waits_for_the_answer_that_livekit_held_back() -> None:
    assert told(run([*HANGS, *sound(4.4, 4.5)], until=6)) == [(5.7, ONE)]
    assert told(run([*HANGS, *sound(4.4, 4.5), *answers(5.1, 7)], until=60)) == []


def test_if_the_agents_own_code_ends_turns_what_a_sound_delays_also_waits_for_the_end_of_the_turn() -> None:
    manual = [
        (at, CallerStateChanged(state, since=at, manual=True)) for at, state in ((4, "speaking"), (5, "listening"))
    ]
    assert told(run([*HANGS, *manual], until=7.9)) == [(7.5, ONE)]
    assert told(run([*HANGS, *manual, hears(6.9), (7, TurnCommitted()), *answers(7.4, 9)], until=60)) == []


def test_what_livekit_holds_back_for_a_sound_is_not_late() -> None:
    held = [(4.0, PlayoutPaused()), (6.0, PlayoutResumed())]
    assert told(run([*HANGS, *held, *answers(6.1, 8)], until=60)) == []


def test_a_model_that_is_still_writing_is_not_asked_again() -> None:
    writing = [(at, ModelResponding()) for at in (3.0, 5.0, 7.0, 9.0)]
    assert told(run([*HANGS, *writing, *answers(10, 12)], until=60)) == [(4.5, ONE), (9.5, TWO), (10, "StopLine")]


def test_a_model_that_writes_while_nobody_waits_changes_nothing() -> None:
    assert run([listens(0), (1, ModelResponding())], until=60) == []


def test_a_declined_speech_is_no_answer_that_is_made() -> None:
    adopted = [(2.7, SpeechCreated("quiet", "generate_reply")), (2.7, TurnDeclined("llm_node", speech="quiet"))]
    facts = [*sound(1, 2), hears(2.6), (2.7, TurnCommitted()), *adopted, thinks(2.7), listens(2.7)]
    assert run([listens(0), *facts, *over(2.7, "quiet")], until=60) == []


def test_a_text_that_is_complete_and_not_spoken_ends_as_any_other() -> None:
    facts = [(7.0, ModelResponding()), (7.1, ModelResponded(20))]
    assert told(run([*HANGS, *facts], until=60))[-1] == (14, "EndCall")


def test_a_model_that_stops_writing_is_asked_again() -> None:
    assert told(run([*HANGS, (7.0, ModelResponding())], until=11)) == [(4.5, ONE), (9.5, TWO), (10.5, "RetryAnswer")]


def test_words_that_are_played_while_livekit_says_that_the_agent_thinks_are_words() -> None:
    other = [
        *(fact for fact in asks(1, 2)),
        (2.8, SpeechCreated("other", "generate_reply")),
        speaks(3),
        (4, AgentStateChanged("thinking", since=4, playing=True)),
        (9, MessageCommitted("assistant", "I have looked.")),
        *over(9, "other"),
        *answers(9, 11),
    ]
    assert told(run([listens(0), *other], until=60)) == []


def test_new_words_of_the_caller_begin_the_waiting_anew() -> None:
    assert told(run([*HANGS, hears(4, "and", final=False)], until=9)) == [(6.5, ONE)]


def test_an_empty_transcript_begins_nothing_anew() -> None:
    assert told(run([*HANGS, hears(4, "  ")], until=6)) == [(4.5, ONE)]


def test_an_endpointing_of_three_and_a_half_seconds_owes_no_filler_before_its_time() -> None:
    late = [*sound(1, 2), hears(2.6), (5.5, TurnCommitted()), (5.5, SpeechCreated("a", "generate_reply")), thinks(5.5)]
    assert told(run([listens(0), *late, *answers(6.8, 8, speech="a")], until=60)) == []
    assert told(run([listens(0), *late], until=8)) == [(8, ONE)]


def test_little_of_the_endpointing_counts_as_waiting() -> None:
    late = [*sound(1, 2), hears(2.6), (4, TurnCommitted()), (4, SpeechCreated("a", "generate_reply")), thinks(4)]
    assert told(run([listens(0), *late], until=6)) == [(5.2, ONE)]


def test_a_typed_question_is_waited_for_from_its_arrival() -> None:
    typed = [(5, SpeechCreated("a", "generate_reply")), (5, MessageCommitted("user", "hello")), thinks(5)]
    assert told(run([listens(0), *typed], until=8)) == [(7.5, ONE)]


def test_an_answer_that_nobody_asked_for_is_waited_for_too() -> None:
    unasked = [(5, SpeechCreated("a", "generate_reply")), thinks(5)]
    assert told(run([listens(0), *unasked], until=60)) == [
        (7.5, ONE),
        (11, "RetryAnswer"),
        (12.5, TWO),
        (17, "EndCall"),
    ]
    assert told(run([listens(0), *unasked, *answers(6, 8, speech="a")], until=60)) == []


def test_an_agent_that_thinks_without_a_speech_of_its_own_owes_nothing() -> None:
    assert run([listens(0), thinks(5)], until=60) == []


def test_words_of_the_code_are_no_debt_of_the_model() -> None:
    assert run([listens(0), (5, SpeechCreated("line", "say")), thinks(5)], until=60) == []


def test_an_agent_that_speaks_when_the_turn_is_complete_owes_nothing_more() -> None:
    assert run([speaks(0), *sound(1, 2), (2.7, TurnCommitted()), listens(4)], until=60) == []


def test_a_realtime_model_that_has_answered_before_the_turn_is_told_owes_nothing() -> None:
    quick = [*sound(1, 2), speaks(2.3), listens(3.5), (3.8, TurnCommitted()), (3.8, MessageCommitted("user", "hello"))]
    assert run([listens(0), *quick], until=60) == []


def test_who_cuts_the_agent_off_with_a_short_word_is_waited_for_from_the_end_of_its_own_words() -> None:
    cut_off = [speaks(0), *sound(1, 1.6), hears(2), *over(2.3, "old", interrupted="turn")]
    assert told(run([*cut_off, (2.3, TurnCommitted(own_code=True))], until=5)) == [(4.8, ONE)]


def test_a_paused_answer_is_nobodys_debt() -> None:
    """A sound pauses playout: LiveKit reports `listening`, and the speech stays open until playout continues."""
    paused = [speaks(3), (4, CallerStateChanged("speaking", since=4)), listens(4.5)]
    assert run([*HANGS, *paused, (5, CallerStateChanged("listening", since=4.6)), *answers(20, 22)], until=60) == []


def test_an_answer_may_go_on_after_its_first_words() -> None:
    goes_on = [(2.8, ModelResponded(9, 1)), speaks(3), thinks(4)]
    assert told(run([*HANGS, *goes_on], until=60))[:2] == [(6.5, ONE), (10, "RetryAnswer")]


def test_the_budgets_are_the_plans() -> None:
    plan = DeadAir(filler=1, retry=2, give_up=3, fillers=("Hm.",))
    assert told(run(HANGS, until=60, plan=plan)) == [(3, "Hm."), (4, "RetryAnswer"), (5, "EndCall")]


def test_a_model_that_has_given_its_text_leaves_the_debt_to_the_voice() -> None:
    log = run([*HANGS, (3, ModelResponded(20))], until=5)
    assert log[0][1].why == "no answer 2.5 s after the caller spoke: waiting for the TTS"


def test_text_that_comes_while_words_are_played_changes_nothing() -> None:
    assert run([*HANGS, speaks(3), (3.5, ModelResponded(20)), *over(5)], until=60) == []


def test_a_silent_model_of_an_unasked_answer_is_asked_once_more() -> None:
    unasked = [(5, SpeechCreated("a", "generate_reply")), thinks(5), *silent(6, "a")]
    assert told(run([listens(0), *unasked], until=7)) == [(6, "RetryAnswer")]
