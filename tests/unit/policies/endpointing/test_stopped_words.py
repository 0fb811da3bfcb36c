"""The words of a speech have stopped: what is known of the words and of the sound level."""

import pytest

from offhook.core.facts import KeyPressed, TranscriptReceived, TurnCommitted
from offhook.policies.endpointing.stopped_words import StoppedWords

LOUD, CROWD = 1e6, 1e5  # 10 dB


def speech(*heard: tuple[float, str, bool], level: float = CROWD, words: StoppedWords | None = None) -> StoppedWords:
    """Return the state 10 s after the start of a speech with these transcripts. After the last one, the sound has this
    level.
    """
    words = words or StoppedWords()
    words.begin()
    ended = max((at for at, _, _ in heard), default=0.0)
    waiting = list(heard)
    for step in range(100):
        now = step / 10
        words.hear(LOUD if now <= ended else level, 0.1)
        while waiting and waiting[0][0] <= now:
            _, text, final = waiting.pop(0)
            words.notice(TranscriptReceived(text, final=final), now)
    return words


ORDER = ((1.0, "two", False), (1.5, "two large", False), (2.0, "two large pizzas", True))


@pytest.mark.parametrize(("now", "stopped"), [(3.4, False), (3.6, True)])
def test_words_have_stopped_after_a_time_without_new_words(now: float, stopped: bool) -> None:
    assert speech(*ORDER).stopped(now) is stopped


def test_a_caller_who_is_as_loud_as_before_has_not_stopped() -> None:
    assert not speech(*ORDER, level=LOUD * 0.6).stopped(9.9)
    assert speech(*ORDER, level=LOUD * 0.4).stopped(9.9)


@pytest.mark.parametrize(
    "heard",
    [(), ((1.0, "two large", True),), ((1.0, "", False),)],
    ids=["no words", "only final transcripts", "an empty transcript"],
)
def test_without_interim_transcripts_with_words_nothing_is_known(heard: tuple[tuple[float, str, bool], ...]) -> None:
    assert not speech(*heard).stopped(9.9)


def test_nothing_is_known_before_any_sound() -> None:
    words = StoppedWords()
    words.begin()
    words.notice(TranscriptReceived("two", final=False), 0.0)
    assert not words.stopped(9.9)


def test_a_fact_without_words_changes_nothing() -> None:
    words = speech(*ORDER)
    words.notice(KeyPressed("1"), 9.0)
    assert words.last == 2.0
    assert words.stopped(9.9)


def test_a_transcript_with_the_same_words_has_no_new_words() -> None:
    assert speech(*ORDER, (3.5, "two large pizzas.", False)).last == 3.5  # after a final one, these are more words
    words = speech((1.0, "two large", False), (2.0, "Two large.", True))
    assert words.last == 1.0


def test_words_said_while_the_agent_speaks_are_no_words_of_a_turn() -> None:
    words = speech()
    words.notice(TranscriptReceived("mhm", final=False, backchannel=True), 9.0)
    assert words.last > 9.0


def test_a_slow_stt_gets_more_time() -> None:
    words = speech((1.0, "two", False), (3.0, "two large", False))
    assert (words.stopped(6.9), words.stopped(7.1)) == (False, True)
    words = speech((1.0, "two", False), (6.0, "two large", False))
    assert (words.stopped(9.9), words.stopped(10.1)) == (False, True)


def test_the_words_of_the_next_turn_are_new() -> None:
    words = speech(*ORDER)
    words.notice(TurnCommitted(), 9.0)
    assert speech((1.0, "and", False), words=words).last == 1.0
