"""Compares a finished call with the result that a scenario expects."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from offhook.testing.scenarios.file import Scenario

if TYPE_CHECKING:
    from offhook.testing.simulation.result import SimulatedCall

__all__ = ["misses"]


def misses(scenario: Scenario, call: "SimulatedCall") -> list[str]:
    """Return one line for each expectation that the call did not meet."""
    results = (_CHECKS[name](call, expected) for name, expected in scenario.expect.items())
    return [line for lines in results for line in lines]


def _reason(call: "SimulatedCall", expected: str) -> list[str]:
    detail = f" ({call.detail})" if call.detail else ""
    return [] if call.reason == expected else [f"the reason is {call.reason}{detail}, not {expected}"]


def _has(lines: list[str], words: str) -> bool:
    return any(words.casefold() in line.casefold() for line in lines)


def _said(call: "SimulatedCall", expected: list[str]) -> list[str]:
    return [f"the agent did not say {words!r}" for words in expected if not _has(call.said, words)]


def _not_said(call: "SimulatedCall", forbidden: list[str]) -> list[str]:
    return [f"the agent said {words!r}" for words in forbidden if _has(call.said, words)]


def _heard(call: "SimulatedCall", expected: list[str]) -> list[str]:
    return [f"the agent did not hear {words!r}" for words in expected if not _has(call.heard, words)]


def _tools(call: "SimulatedCall", expected: list[str]) -> list[str]:
    return [] if call.tools == expected else [f"the tools are {call.tools}, not {expected}"]


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
