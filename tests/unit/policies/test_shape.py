"""All policies have one shape: a deadline, and facts in, wishes out."""

import pytest

from offhook.core.facts import FACTS, Fact, Tick, Warned
from offhook.core.ports import Policy
from offhook.policies.commands import Switchboard
from offhook.policies.ending import Closer
from offhook.policies.greeting import Greeter
from offhook.policies.limits import Timekeeper
from offhook.policies.presence import Presence
from offhook.policies.silence import Climber

POLICIES: list[type[Policy]] = [Climber, Closer, Greeter, Presence, Switchboard, Timekeeper]


@pytest.mark.parametrize("kind", POLICIES, ids=lambda kind: kind.__name__)
def test_a_new_policy_wants_nothing(kind: type[Policy]) -> None:
    policy = kind()
    assert policy.deadline is None
    assert [list(policy.handle(fact, 0.0)) for fact in (Tick(), Warned("anything"))] == [[], []]


def test_no_fact_is_called_like_another() -> None:
    assert len(FACTS) == len(Fact.__args__)
