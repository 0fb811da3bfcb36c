"""The table of answer states has no dead end: every state can be answered, declined or given up."""

import pytest

from offhook.policies.answer.states import TRANSITIONS, AnswerState, Event, Owes

AT_REST = (Owes.NOBODY, Owes.PLAYOUT)
"""States in which no answer is awaited, or the answer is being played."""


def reached(start: Owes) -> set[Owes]:
    """Return every state that can follow, including the start."""
    found, new = {start}, [start]
    while new:
        following = set(TRANSITIONS[new.pop()].values()) - found
        found |= following
        new += following
    return found


def in_state(owes: Owes) -> AnswerState:
    state = AnswerState()
    state.owes = owes
    return state


def test_every_state_is_in_the_table_and_can_be_reached() -> None:
    assert set(TRANSITIONS) == set(Owes) == reached(Owes.NOBODY)


def test_every_event_changes_something_somewhere() -> None:
    assert {event for events in TRANSITIONS.values() for event in events} == set(Event)


@pytest.mark.parametrize("event", Event)
def test_an_event_leads_to_the_same_state_from_wherever_it_counts(event: Event) -> None:
    assert len({events[event] for events in TRANSITIONS.values() if event in events}) == 1


@pytest.mark.parametrize("owes", Owes)
def test_from_every_state_the_turn_can_come_to_an_end(owes: Owes) -> None:
    assert Owes.NOBODY in reached(owes)


@pytest.mark.parametrize("owes", [owes for owes in Owes if owes is not Owes.NOBODY])
def test_every_turn_can_be_given_up_at_any_time(owes: Owes) -> None:
    assert TRANSITIONS[owes][Event.GIVEN_UP] is Owes.NOBODY


@pytest.mark.parametrize("owes", Owes)
def test_words_and_the_next_turn_of_the_caller_count_in_every_state(owes: Owes) -> None:
    assert TRANSITIONS[owes][Event.PLAYOUT_STARTED] is Owes.PLAYOUT
    assert TRANSITIONS[owes][Event.COMMITTED] is Owes.TURN_CODE


@pytest.mark.parametrize("owes", [owes for owes in Owes if owes not in (*AT_REST, Owes.RETRY)])
def test_whoever_owes_may_decline_or_be_tried_again(owes: Owes) -> None:
    assert TRANSITIONS[owes][Event.DECLINED] is Owes.NOBODY
    assert TRANSITIONS[owes][Event.RETRIED] is Owes.RETRY


def test_a_retry_is_not_declined_by_the_answer_that_it_takes_the_place_of() -> None:
    assert Event.DECLINED not in TRANSITIONS[Owes.RETRY]


@pytest.mark.parametrize("owes", Owes)
@pytest.mark.parametrize("event", Event)
def test_the_state_follows_the_table_and_an_event_without_an_entry_changes_nothing(owes: Owes, event: Event) -> None:
    state = in_state(owes)
    assert state.take(event) is (event in TRANSITIONS[owes])
    assert state.owes is TRANSITIONS[owes].get(event, owes)


@pytest.mark.parametrize("owes", Owes)
def test_somebody_has_to_act_unless_nobody_owes_or_words_are_played(owes: Owes) -> None:
    assert in_state(owes).owed is (owes not in AT_REST)


def test_a_call_begins_with_nobody_owing() -> None:
    assert AnswerState().owes is Owes.NOBODY
