"""Values of `WorkAhead`."""

import math
from typing import Any

import pytest

from offhook.core.errors import PlanError
from offhook.core.work_ahead import WorkAhead


@pytest.mark.parametrize("stable", [-0.1, math.nan, math.inf, 5.1])
def test_silly_seconds_are_refused(stable: float) -> None:
    with pytest.raises(PlanError, match="from 0 to 5"):
        WorkAhead(stable=stable)
    with pytest.raises(PlanError, match="sentence"):
        WorkAhead(sentence=stable)


@pytest.mark.parametrize("count", [{"per_turn": 0}, {"per_turn": 11}, {"per_call": 0}, {"per_turn": 1.5}])
def test_silly_counts_are_refused(count: Any) -> None:
    with pytest.raises(PlanError, match="give a whole number"):
        WorkAhead(**count)


def test_usual_values_are_taken() -> None:
    assert WorkAhead(stable=0, per_turn=1, per_call=1, voice=False).per_turn == 1
