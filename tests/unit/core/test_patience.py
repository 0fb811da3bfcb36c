"""Numbers that cannot work are replaced and told; no call fails because of one."""

import math
from typing import Any

import pytest

from offhook.core.patience import PRESETS, Patience, bounded


@pytest.mark.parametrize("preset", list(PRESETS))
def test_the_presets_need_no_change(preset: Any) -> None:
    assert bounded(PRESETS[preset]) == (PRESETS[preset], "")


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ({"shortest": -1.0, "longest": 1.0}, {"shortest": 0.0}),
        ({"shortest": 0.2, "longest": 1e9}, {"longest": 10.0}),
        ({"shortest": math.nan, "longest": 1.0}, {"shortest": PRESETS["normal"].shortest}),
        ({"shortest": 0.2, "longest": math.inf}, {"longest": 10.0}),
        ({"shortest": 2.0, "longest": 1.0}, {"longest": 2.0}),
        ({"shortest": "soon", "longest": 1.0}, {"shortest": PRESETS["normal"].shortest}),
        ({"shortest": 0.2, "longest": 1.0, "middle": 7.0}, {"middle": 0.95}),
    ],
)
def test_a_silly_number_is_replaced_and_told(given: dict[str, Any], used: dict[str, float]) -> None:
    mended, complaint = bounded(Patience(**given))
    assert {name: getattr(mended, name) for name in used} == used
    assert all(f"{name}={given[name]!r} is {used[name]:g}" in complaint for name in used)
