"""Quiet hours in the callee's time zone, and the checks of a guard's values."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from offhook.core.dial_guard import Guard, QuietHours
from offhook.core.errors import PlanError


def berlin(clock: str) -> float:
    return datetime.fromisoformat(f"2026-07-01T{clock}").replace(tzinfo=ZoneInfo("Europe/Berlin")).timestamp()


@pytest.mark.parametrize(
    ("clock", "quiet"), [("20:59", False), ("21:00", True), ("02:00", True), ("07:59", True), ("08:00", False)]
)
def test_quiet_hours_go_over_midnight(clock: str, quiet: bool) -> None:
    assert QuietHours("21:00", "08:00", "Europe/Berlin").cover(berlin(clock)) is quiet


@pytest.mark.parametrize(("clock", "quiet"), [("11:59", False), ("12:30", True), ("13:00", False)])
def test_quiet_hours_may_be_within_a_day(clock: str, quiet: bool) -> None:
    assert QuietHours("12:00", "13:00", "Europe/Berlin").cover(berlin(clock)) is quiet


def test_the_time_zone_decides() -> None:
    at = berlin("22:00")  # 16:00 in New York
    assert not QuietHours("21:00", "08:00", "America/New_York").cover(at)


@pytest.mark.parametrize(
    "wrong",
    [
        {"start": "9pm", "end": "08:00", "zone": "Europe/Berlin"},
        {"start": "21:00", "end": 8, "zone": "Europe/Berlin"},
        {"start": "21:00", "end": "08:00", "zone": "Berlin"},
        {"start": "21:00", "end": "08:00", "zone": "../etc/passwd"},
        {"start": "21:00", "end": "08:00", "zone": ""},
    ],
)
def test_wrong_quiet_hours_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(PlanError, match="QuietHours"):
        QuietHours(**wrong)


@pytest.mark.parametrize("wrong", [{"per_minute": 0}, {"at_once": 0}, {"do_not_call": "list"}])
def test_wrong_guards_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(PlanError, match="Guard"):
        Guard(**wrong)


@pytest.mark.parametrize(
    ("guard", "counts"),
    [(Guard(), False), (Guard(key="a"), True), (Guard(per_minute=6), True), (Guard(at_once=2), True)],
)
def test_only_some_guards_count_calls(guard: Guard, counts: bool) -> None:
    assert guard.counts is counts


def test_a_key_can_be_added() -> None:
    assert Guard(at_once=2).with_key("a") == Guard(key="a", at_once=2)
