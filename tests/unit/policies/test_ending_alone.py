"""While nobody has joined who could hear it, no goodbye and no apology is said."""

import pytest

from offhook.core.decisions import HangUp, Say
from offhook.core.facts import CallerFound, Connected, EndRequested, PlanFailed
from offhook.policies.ending import EndingPolicy


@pytest.mark.parametrize("request_", [EndRequested("shutdown"), PlanFailed("no number"), EndRequested("error")])
def test_a_call_that_nobody_has_joined_ends_without_a_word(request_: EndRequested | PlanFailed) -> None:
    policy = EndingPolicy()
    policy.handle(Connected("room", "agent"), now=0)
    (hang_up,) = policy.handle(request_, now=1)
    assert isinstance(hang_up, HangUp)


def test_a_caller_who_has_joined_hears_the_apology() -> None:
    policy = EndingPolicy()
    policy.handle(Connected("room", "agent"), now=0)
    policy.handle(CallerFound("phone", phone=True, active=True), now=0)
    (said,) = policy.handle(PlanFailed("broken"), now=1)
    assert isinstance(said, Say)
