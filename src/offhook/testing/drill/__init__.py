"""Drills: simulated calls of an agent with each provider fault, in virtual time, with offhook and without."""

from offhook.testing.drill.circumstances import CIRCUMSTANCES, Circumstance, circumstance
from offhook.testing.drill.drill import Case, drill, pairs
from offhook.testing.drill.healthy import FirstCall, first_call
from offhook.testing.drill.rehearse import Rehearsal, rehearse
from offhook.testing.drill.setup import CallSetup
from offhook.testing.drill.verdict import Verdict, judge

__all__ = [
    "CIRCUMSTANCES",
    "CallSetup",
    "Case",
    "Circumstance",
    "FirstCall",
    "Rehearsal",
    "Verdict",
    "circumstance",
    "drill",
    "first_call",
    "judge",
    "pairs",
    "rehearse",
]
