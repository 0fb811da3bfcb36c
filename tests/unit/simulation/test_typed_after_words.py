"""A text that the caller types while the agent still waits for the end of spoken words."""

import pytest

from offhook.testing.compare import CallSpec, Played, ToolSpec, TurnSpec, play

NUMBER = "Please read me the long number on your card."
TWO, THREE = "user: please tell me about number two", "user: please tell me about number three"


def typed(*, after: float) -> Played:
    """Play a call in which the caller answers a task's question, and types a text `after` seconds later.

    The task asks for a number, so the agent waits 1.9 s for the end of the answer. The answer to the typed text ends
    the task.
    """
    task = TurnSpec(tools=(ToolSpec("card", "task"),))
    call = CallSpec(turns=(task, TurnSpec(after=8.0), TurnSpec(does="types", after=after)), plan=True)
    run = play(call, "ours")
    assert NUMBER in [line.text for line in run.lines]
    return run


def waits(run: Played) -> list[object]:
    """Return why each wait at the end of a turn was chosen."""
    return [one.body["why"] for one in run.records if one.name == "EndpointingChosen"]


@pytest.mark.slow
def test_the_words_reach_the_model_before_a_typed_text() -> None:
    for after in (0.3, 0.7, 1.0, 1.6):
        run = typed(after=after)
        asked = [[item for item in one.items if item in (TWO, THREE)] for one in run.requests if THREE in one.items]
        assert asked, after
        assert all(words == [TWO, THREE] for words in asked), after
        assert waits(run)[-1] == ["the caller types"], after


@pytest.mark.slow
def test_a_text_after_the_end_of_the_turn_ends_no_wait() -> None:
    assert ["the caller types"] not in waits(typed(after=4.0))
