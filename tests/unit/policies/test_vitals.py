"""A dead realtime model ends the call, also when LiveKit does not say that the session is over."""

from offhook.core.facts import EndWanted, ModelFailed, SessionClosed, Tick
from offhook.core.wishes import EndCall
from offhook.policies.vitals import Vitals

DEAD = ModelFailed("realtime_model_error", recoverable=False, error="APIConnectionError: 503")


def test_a_dead_model_ends_the_call() -> None:
    vitals = Vitals()
    assert vitals.handle(DEAD, 10.0) == ()
    assert vitals.handle(Tick(), 10.5) == ()
    assert vitals.deadline == 11.0
    why = "the realtime model is dead: APIConnectionError: 503"
    assert vitals.handle(Tick(), 11.0) == [EndCall("error", by="vitals", why=why)]
    assert vitals.deadline is None


def test_it_is_said_once() -> None:
    vitals = Vitals()
    for now in (10.0, 10.5):
        vitals.handle(DEAD, now)
    assert vitals.deadline == 11.0
    vitals.handle(Tick(), 11.0)
    vitals.handle(DEAD, 12.0)
    assert vitals.deadline is None


def test_a_session_that_closes_by_itself_is_enough() -> None:
    vitals = Vitals()
    vitals.handle(DEAD, 10.0)
    vitals.handle(SessionClosed("error"), 10.5)
    assert vitals.deadline is None


def test_a_call_that_is_ending_is_left_alone() -> None:
    vitals = Vitals()
    vitals.handle(DEAD, 10.0)
    vitals.handle(EndWanted("command"), 10.5)
    assert vitals.deadline is None


def test_errors_that_may_pass_and_those_of_other_models_are_not_fatal() -> None:
    vitals = Vitals()
    vitals.handle(ModelFailed("realtime_model_error", recoverable=True, error="503"), 1.0)
    vitals.handle(ModelFailed("llm_error", recoverable=False, error="503"), 1.0)
    assert vitals.deadline is None
