"""Policies take facts and return decisions. `POLICIES` lists all policies of a call, in the order in which they handle
a fact.
"""

from collections.abc import Callable, Sequence

from offhook.core.ports import Policy
from offhook.policies.answer.policy import AnswerPolicy
from offhook.policies.away import AwayPolicy
from offhook.policies.barge_in import BargeInPolicy
from offhook.policies.carried.policy import CarriedWordsPolicy
from offhook.policies.commands import CommandPolicy
from offhook.policies.dial import DialPolicy
from offhook.policies.dial_voicemail import VoicemailPolicy
from offhook.policies.ending import EndingPolicy
from offhook.policies.greeting import GreetingPolicy
from offhook.policies.limits import LimitsPolicy
from offhook.policies.realtime_failure import RealtimeFailurePolicy
from offhook.policies.reconnect import ReconnectPolicy
from offhook.policies.recording import RecordingPolicy
from offhook.policies.silence.policy import SilencePolicy
from offhook.policies.starting import StartPolicy
from offhook.policies.transfer import TransferPolicy

__all__ = ["POLICIES"]

POLICIES: Sequence[Callable[[], Policy]] = (
    EndingPolicy,
    CommandPolicy,
    ReconnectPolicy,
    TransferPolicy,
    RealtimeFailurePolicy,
    StartPolicy,
    DialPolicy,
    VoicemailPolicy,
    LimitsPolicy,
    BargeInPolicy,
    AwayPolicy,
    GreetingPolicy,
    RecordingPolicy,
    AnswerPolicy,
    CarriedWordsPolicy,
    SilencePolicy,
)
