"""The outcome of a call is JSON of a bounded size."""

import pytest

from offhook.core.errors import OffhookError
from offhook.core.outcome import Outcome


def test_an_outcome_has_texts_and_json() -> None:
    assert Outcome("booked", "sale", {"people": 2, "names": ["Ann"]}).fields == {"people": 2, "names": ["Ann"]}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"summary": "x" * 8001}, "summary"),
        ({"disposition": 3}, "disposition"),
        ({"fields": {"at": object()}}, "is not JSON"),
        ({"fields": {"x": float("nan")}}, "is not JSON"),
        ({"fields": {"x": "y" * 40_000}}, "at most 32000"),
    ],
)
def test_what_is_no_outcome_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(OffhookError, match=said):
        Outcome(**given)  # type: ignore[arg-type]  # wrong on purpose
