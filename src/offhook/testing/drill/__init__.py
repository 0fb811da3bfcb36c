"""Drills: simulated calls of an agent with each provider fault, in virtual time, with offhook and without."""

from offhook.testing.drill.circumstances import CIRCUMSTANCES, Circumstance, circumstance
from offhook.testing.drill.drill import Case, drill, pairs
from offhook.testing.drill.healthy import why_not_healthy
from offhook.testing.drill.rehearse import Rehearsal, rehearse
from offhook.testing.drill.verdict import Verdict, judge

__all__ = [
    "CIRCUMSTANCES",
    "Case",
    "Circumstance",
    "Rehearsal",
    "Verdict",
    "circumstance",
    "drill",
    "judge",
    "pairs",
    "rehearse",
    "why_not_healthy",
]
