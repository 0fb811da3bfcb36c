"""Records without the trouble of numbering them."""

from collections.abc import Callable, Sequence

import pytest

from offhook.core.facts import FACTS, Fact
from offhook.core.record import Record, body_of
from offhook.core.wishes import Wish

Script = Sequence[tuple[float, Fact | Wish]]


@pytest.fixture
def records() -> Callable[..., list[Record]]:
    """Number what happened; a wish is caused by the fact before it."""

    def number(*script: tuple[float, Fact | Wish], by: str = "Climber") -> list[Record]:
        made: list[Record] = []
        fact = 0
        for seq, (elapsed, what) in enumerate(script):
            name = type(what).__name__
            if name in FACTS:
                fact = seq
                made.append(Record("call", seq, 1000.0 + elapsed, elapsed, "fact", name, body_of(what)))
            else:
                made.append(Record("call", seq, 1000.0 + elapsed, elapsed, "wish", name, body_of(what), fact, by))
        return made

    return number
