"""A TTS that stalls in mid-sentence is treated like a missing answer until the audio continues."""

from offhook.core.facts import SpeechNotPlayed, TtsResumed, TtsStalled

from .answering import ONE, TROUBLE, answers, asks, asks_again, listens, over, run, speaks, told

BREAKS_OFF = [listens(0), *asks(1, 2), speaks(3), (6, TtsStalled(since=5))]


def test_a_voice_that_breaks_off_is_waited_for_like_an_answer() -> None:
    log = run(BREAKS_OFF, until=12)
    assert told(log) == [(7.5, ONE), (11, "RetryAnswer")]
    assert log[0][1].why == "no answer 2.5 s after the caller spoke: waiting for the TTS"


def test_a_voice_that_goes_on_hushes_the_filler() -> None:
    goes_on = [(8, TtsResumed()), *over(10)]
    assert told(run([*BREAKS_OFF, *goes_on], until=60)) == [(7.5, ONE), (8, "StopLine")]


def test_a_voice_that_goes_on_before_the_filler_needs_nothing() -> None:
    assert run([*BREAKS_OFF, (7, TtsResumed()), *over(10)], until=60) == []


def test_a_voice_that_is_over_after_all_has_answered() -> None:
    assert run([*BREAKS_OFF, *over(7)], until=60) == []


def test_a_voice_that_breaks_off_again_after_the_retry_hands_the_turn_back() -> None:
    facts = [*BREAKS_OFF, (11.1, SpeechNotPlayed("for two")), *over(11.1, interrupted="code")]
    facts += [*asks_again(11.2), speaks(11.5), (14, TtsStalled(since=13))]
    facts += [(19.5, SpeechNotPlayed("by the window")), (19.6, TtsStalled(since=18)), *over(19.7, "second")]
    assert told(run(facts, until=40)) == [(7.5, ONE), (11, "RetryAnswer"), (15.5, ONE), (19, TROUBLE)]


def test_a_voice_that_breaks_off_between_the_turns_is_nothing() -> None:
    assert run([listens(0), (6, TtsStalled(since=5))], until=60) == []


def test_a_greeting_that_breaks_off_is_nobodys_answer_and_is_waited_for_all_the_same() -> None:
    assert told(run([speaks(0), (6, TtsStalled(since=5))], until=8)) == [(7.5, ONE)]


def test_the_answer_after_a_retry_ends_the_waiting() -> None:
    facts = [*BREAKS_OFF, *over(11.1, interrupted="code"), *asks_again(11.2), *answers(12, 15, speech="second")]
    assert told(run(facts, until=60)) == [(7.5, ONE), (11, "RetryAnswer")]
