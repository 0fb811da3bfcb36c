"""Compares a finished call with what a scenario expects of it."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from offhook.testing.scenarios.file import Scenario

if TYPE_CHECKING:
    from offhook.testing.simulation.result import SimulatedCall

__all__ = ["misses"]


def misses(scenario: Scenario, call: "SimulatedCall") -> list[str]:
    """What is not as expected, one line each."""
    told = (_CHECKS[name](call, wanted) for name, wanted in scenario.expect.items())
    return [line for lines in told for line in lines]


def _reason(call: "SimulatedCall", wanted: str) -> list[str]:
    detail = f" ({call.detail})" if call.detail else ""
    return [] if call.reason == wanted else [f"the reason is {call.reason}{detail}, not {wanted}"]


def _has(lines: list[str], words: str) -> bool:
    return any(words.casefold() in line.casefold() for line in lines)


def _said(call: "SimulatedCall", wanted: list[str]) -> list[str]:
    return [f"the agent did not say {words!r}" for words in wanted if not _has(call.said, words)]


def _not_said(call: "SimulatedCall", unwanted: list[str]) -> list[str]:
    return [f"the agent said {words!r}" for words in unwanted if _has(call.said, words)]


def _heard(call: "SimulatedCall", wanted: list[str]) -> list[str]:
    return [f"the agent did not hear {words!r}" for words in wanted if not _has(call.heard, words)]


def _tools(call: "SimulatedCall", wanted: list[str]) -> list[str]:
    return [] if call.tools == wanted else [f"the tools are {call.tools}, not {wanted}"]


def _silence(call: "SimulatedCall", most: float) -> list[str]:
    longest = call.silences.longest
    return [f"the longest silence is {longest:.1f} s, more than {most:g} s"] if longest > most else []


def _length(call: "SimulatedCall", most: float) -> list[str]:
    return [f"the call took {call.seconds:.1f} s, more than {most:g} s"] if call.seconds > most else []


_CHECKS: Mapping[str, Callable[["SimulatedCall", Any], list[str]]] = {
    "reason": _reason,
    "said": _said,
    "not_said": _not_said,
    "heard": _heard,
    "tools": _tools,
    "longest_silence": _silence,
    "longest_call": _length,
}
