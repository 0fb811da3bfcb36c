"""All policies have the same interface: a deadline, and a `handle` that takes facts and returns decisions."""

from importlib import import_module
from pkgutil import iter_modules

import pytest

from offhook.core import facts
from offhook.core.facts import Tick, Warned
from offhook.core.ports import Policy
from offhook.policies.answer.policy import AnswerPolicy
from offhook.policies.away import AwayPolicy
from offhook.policies.commands import CommandPolicy
from offhook.policies.ending import EndingPolicy
from offhook.policies.greeting import GreetingPolicy
from offhook.policies.limits import LimitsPolicy
from offhook.policies.realtime_failure import RealtimeFailurePolicy
from offhook.policies.reconnect import ReconnectPolicy
from offhook.policies.silence.policy import SilencePolicy

POLICIES: list[type[Policy]] = [
    AnswerPolicy,
    SilencePolicy,
    EndingPolicy,
    ReconnectPolicy,
    GreetingPolicy,
    AwayPolicy,
    CommandPolicy,
    LimitsPolicy,
    RealtimeFailurePolicy,
]


@pytest.mark.parametrize("kind", POLICIES, ids=lambda kind: kind.__name__)
def test_a_new_policy_wants_nothing(kind: type[Policy]) -> None:
    policy = kind()
    assert policy.deadline is None
    assert [list(policy.handle(fact, 0.0)) for fact in (Tick(), Warned("anything"))] == [[], []]


def test_every_fact_of_the_folder_is_found_by_its_name() -> None:
    modules = [import_module(f"{facts.__name__}.{module.name}") for module in iter_modules(facts.__path__)]
    defined = [name for module in modules for name in module.__all__]
    assert sorted(["FACTS", "Tick", *defined]) == sorted(facts.__all__)
    assert sorted(["FACTS", "Fact", *facts.FACTS]) == sorted(facts.__all__)
