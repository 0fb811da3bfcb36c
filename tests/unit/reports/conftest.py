"""A fixture that makes numbered records of facts and decisions."""

from collections.abc import Callable, Sequence

import pytest

from offhook.core.decisions import Decision
from offhook.core.facts import FACTS, Fact
from offhook.core.record import Record, to_body

Script = Sequence[tuple[float, Fact | Decision]]


@pytest.fixture
def records() -> Callable[..., list[Record]]:
    """Make numbered records; the cause of a decision is the fact before it."""

    def number(*script: tuple[float, Fact | Decision], by: str = "silence") -> list[Record]:
        made: list[Record] = []
        fact = 0
        for seq, (elapsed, what) in enumerate(script):
            name = type(what).__name__
            if name in FACTS:
                fact = seq
                made.append(Record("call", seq, 1000.0 + elapsed, elapsed, "fact", name, to_body(what)))
            else:
                made.append(Record("call", seq, 1000.0 + elapsed, elapsed, "decision", name, to_body(what), fact, by))
        return made

    return number
