"""A failed Realtime model ends the call, even if LiveKit does not close the session."""

from offhook.core.decisions import EndCall
from offhook.core.facts import EndRequested, ModelFailed, SessionClosed, Tick
from offhook.policies.realtime_failure import RealtimeFailurePolicy

DEAD = ModelFailed("realtime_model_error", recoverable=False, error="APIConnectionError: 503")


def test_a_dead_model_ends_the_call() -> None:
    policy = RealtimeFailurePolicy()
    assert policy.handle(DEAD, 10.0) == ()
    assert policy.handle(Tick(), 10.5) == ()
    assert policy.deadline == 11.0
    why = "the realtime model failed: APIConnectionError: 503"
    assert policy.handle(Tick(), 11.0) == [EndCall("error", by="realtime_failure", why=why)]
    assert policy.deadline is None


def test_it_is_said_once() -> None:
    policy = RealtimeFailurePolicy()
    for now in (10.0, 10.5):
        policy.handle(DEAD, now)
    assert policy.deadline == 11.0
    policy.handle(Tick(), 11.0)
    policy.handle(DEAD, 12.0)
    assert policy.deadline is None


def test_a_session_that_closes_by_itself_is_enough() -> None:
    policy = RealtimeFailurePolicy()
    policy.handle(DEAD, 10.0)
    policy.handle(SessionClosed("error"), 10.5)
    assert policy.deadline is None


def test_a_call_that_is_ending_is_left_alone() -> None:
    policy = RealtimeFailurePolicy()
    policy.handle(DEAD, 10.0)
    policy.handle(EndRequested("command"), 10.5)
    assert policy.deadline is None


def test_errors_that_may_pass_and_those_of_other_models_are_not_fatal() -> None:
    policy = RealtimeFailurePolicy()
    policy.handle(ModelFailed("realtime_model_error", recoverable=True, error="503"), 1.0)
    policy.handle(ModelFailed("llm_error", recoverable=False, error="503"), 1.0)
    assert policy.deadline is None
