"""All policies of a call."""

from offhook.core.ports import Policy
from offhook.policies.commands import Switchboard
from offhook.policies.ending import Closer
from offhook.policies.greeting import Greeter
from offhook.policies.limits import Timekeeper
from offhook.policies.presence import Presence
from offhook.policies.returning import Doorkeeper
from offhook.policies.silence import Climber
from offhook.policies.stall import Stall
from offhook.policies.vitals import Vitals

__all__ = ["every_policy"]


def every_policy(closer: Closer) -> tuple[Policy, ...]:
    """New ones, in the order in which they hear of each fact: the ending first."""
    return (
        closer,
        Switchboard(),
        Doorkeeper(),
        Vitals(),
        Timekeeper(),
        Presence(),
        Greeter(),
        Stall(),
        Climber(),
    )
