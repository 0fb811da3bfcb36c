"""Noise delays a step, for a limited time; a step does not interrupt a caller who speaks."""

from typing import Any

from offhook.core.decisions import MarkAway, Say
from offhook.core.facts import CallerStateChanged


def at(call: Any, second: float, *, held: str = "", interruptible: bool = True) -> list[Any]:
    by = f" (held by {held})" if held else ""
    why = f"{second:.2f} s since the agent stopped speaking{by}, step 1 of 3"
    return [
        (second, MarkAway(away=True, why=why)),
        (second, Say("Still there?", tag="silence", interruptible=interruptible, why=why)),
    ]


def test_noise_that_is_over_changes_nothing(call: Any) -> None:
    assert call.run([call.listens(0), *call.sound(2, 3), *call.sound(4, 5)], until=8) == at(call, 8)
    assert call.notes == []


def test_a_sound_when_a_step_is_due_holds_it_until_its_words_had_time_to_come(call: Any) -> None:
    assert call.run([call.listens(0), *call.sound(7.5, 8.3)], until=60)[:2] == at(call, 10.3, held="a sound")
    assert call.notes == [(8, "say is held by a sound, for at most 6.0 s")]


def test_a_step_does_not_fire_between_the_last_sound_and_its_words(call: Any) -> None:
    assert call.run([call.listens(0), *call.sound(6, 7.4), call.words(9.3)], until=15.3) == []
    assert call.notes == [(8, "say is held by a sound without a transcript yet, for at most 1.4 s")]


def test_noise_does_not_step_off(call: Any) -> None:
    facts = [call.listens(0), *call.speaks(8.2, 9), *call.sound(12, 13)]
    assert [type(decision) for _, decision in call.run(facts, until=19)] == [MarkAway, Say, Say]


def test_endless_noise_holds_a_step_no_longer_than_hold(call: Any) -> None:
    assert call.run([call.listens(0), (1, CallerStateChanged("speaking", since=1))], until=14) == at(
        call, 14, held="a sound", interruptible=False
    )


def test_a_fan_that_comes_and_goes_holds_a_step_no_longer_than_hold(call: Any) -> None:
    fan = [fact for start in range(1, 14) for fact in call.sound(start, start + 0.4)]
    assert call.run([call.listens(0), *fan], until=14) == at(call, 14, held="a sound without a transcript yet")
    assert len(call.notes) == 1


def test_what_is_said_over_noise_cannot_be_interrupted_by_it(call: Any) -> None:
    log = call.run([call.listens(0), (7, CallerStateChanged("speaking", since=7))], until=14)
    assert log == at(call, 14, held="a sound", interruptible=False)


def test_whoever_speaks_on_and_on_is_not_interrupted(call: Any) -> None:
    interims = [call.words(second, "and then", final=False) for second in range(2, 40)]
    assert call.run([call.listens(0), *call.sound(1.5, 40), *interims, call.words(41)], until=47) == []


def test_words_that_come_to_nothing_hold_a_step_no_longer_than_hold(call: Any) -> None:
    assert call.run([call.listens(0), call.words(7, "he", final=False)], until=13) == at(
        call, 13, held="an interim transcript"
    )
    assert call.notes == [(8, "say is held by an interim transcript, for at most 5.0 s")]


def test_words_are_waited_for_longer_than_a_mere_sound(call: Any) -> None:
    facts = [call.listens(0), *call.sound(6, 7.5), call.words(7, "I need", final=False), call.words(12.5)]
    assert call.run(facts, until=20) == []


def test_a_second_sound_after_the_first_step_holds_the_second_alone(call: Any) -> None:
    facts = [call.listens(0), *call.sound(7.5, 8.3), *call.speaks(10.5, 11), *call.sound(20, 21.5)]
    says = [second for second, decision in call.run(facts, until=30) if isinstance(decision, Say)]
    assert says == [10.3, 23.5]


def test_a_caller_who_is_called_away_makes_no_noise(call: Any) -> None:
    facts = [call.listens(0), (1, CallerStateChanged("speaking", since=1)), (4, CallerStateChanged("away", since=4))]
    assert call.run(facts, until=8) == at(call, 8)
