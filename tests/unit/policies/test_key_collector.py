"""Phone keys are collected with a number of digits, an end key, a clear key, time-outs, and words in their place."""

import pytest

from offhook.core.collected import Collected
from offhook.core.errors import OffhookError
from offhook.core.facts import (
    CallerLeft,
    EndRequested,
    Fact,
    KeyPressed,
    MediaLost,
    MessageCommitted,
    Tick,
    TranscriptReceived,
)
from offhook.policies.key_collector import KeyCollector


def collector(digits: int | None = 4, **options: object) -> KeyCollector:
    values = {"timeout": 10.0, "inter_digit": 4.0, "end": "#", "clear": "*", **options}
    return KeyCollector(digits, **values)  # type: ignore[arg-type]  # by name


def press(keys: str, one: KeyCollector, *, at: float = 1.0) -> Collected | None:
    result = None
    for number, key in enumerate(keys):
        result = one.handle(KeyPressed(key), at + number)
    return result


@pytest.mark.parametrize(
    ("digits", "keys", "result"),
    [
        (4, "1234", Collected("1234", ended="complete")),
        (4, "12#", Collected("12", ended="end_key")),
        (4, "#", Collected("", ended="end_key")),
        (4, "12*3456", Collected("3456", ended="complete")),
        (None, "123456#", Collected("123456", ended="end_key")),
        (2, "ab", Collected("AB", ended="complete")),
        (4, "123", None),
    ],
)
def test_keys_are_collected_to_the_last_one(digits: int | None, keys: str, result: Collected | None) -> None:
    assert press(keys, collector(digits)) == result


def test_end_and_clear_can_be_digits_like_others() -> None:
    assert press("*1#2", collector(4, end="", clear="")) == Collected("*1#2", ended="complete")
    assert press("1" * 64, collector(None)) == Collected("1" * 64, ended="complete")


def test_the_first_key_has_the_time_out_and_each_next_key_the_shorter_one() -> None:
    one = collector()
    assert one.deadline is None
    one.start(5.0)
    assert one.deadline == 15
    assert one.handle(Tick(), 14.9) is None
    assert press("1", one, at=14.0) is None
    assert one.deadline == 18
    assert one.handle(Tick(), 18.0) == Collected("1", ended="timeout")


def test_the_clear_key_gives_the_whole_time_again() -> None:
    one = collector()
    press("12*", one)
    assert (one.keys, one.deadline) == ("", 13.0)


def test_a_key_during_the_prompt_starts_the_shorter_time_out() -> None:
    one = collector()
    press("1", one, at=2.0)
    one.start(3.0)
    assert one.deadline == 6


def test_words_end_the_collection_and_interim_words_hold_it() -> None:
    one = collector()
    one.start(0.0)
    assert one.handle(TranscriptReceived("it is", final=False), 9.0) is None
    assert one.deadline == 13
    assert one.handle(TranscriptReceived(" ", final=True), 9.0) is None
    press("1", one, at=10.0)
    assert one.handle(TranscriptReceived("it is four two", final=True), 11.0) == Collected(
        "1", "it is four two", "words"
    )


def test_typed_words_end_the_collection_too() -> None:
    assert collector().handle(MessageCommitted("user", "1234"), 1.0) == Collected("", "1234", "words")
    assert collector().handle(MessageCommitted("assistant", "Enter it."), 1.0) is None


def test_interim_words_during_the_prompt_start_no_time_out() -> None:
    one = collector()
    assert one.handle(TranscriptReceived("hm", final=False), 1.0) is None
    assert one.deadline is None


@pytest.mark.parametrize("fact", [CallerLeft("client_initiated"), EndRequested("agent_ended")])
def test_the_end_of_the_call_ends_the_collection(fact: Fact) -> None:
    assert collector().handle(fact, 1.0) == Collected(ended="call_over")
    assert collector().handle(MediaLost("caller", since=1.0), 1.0) is None


def test_only_a_collection_to_the_end_is_complete() -> None:
    assert Collected("1", ended="complete").complete
    assert Collected("1", ended="end_key").complete
    assert not Collected("1", ended="timeout").complete


@pytest.mark.parametrize(
    ("digits", "options", "told"),
    [
        (0, {}, "digits=0"),
        (65, {}, "1 to 64"),
        (None, {"end": ""}, "needs an end key"),
        (4, {"end": "##"}, "end='##': give one key"),
        (4, {"clear": "x"}, "clear='x'"),
        (4, {"clear": "#"}, "the same key"),
        (4, {"timeout": 0}, "timeout=0"),
        (4, {"inter_digit": 301}, "inter_digit=301"),
    ],
)
def test_options_that_fit_no_phone_are_refused(digits: int | None, options: dict[str, object], told: str) -> None:
    with pytest.raises(OffhookError, match=told):
        collector(digits, **options)
