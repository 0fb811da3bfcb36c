"""The outcome of a call: the result of an analysis after the call."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from offhook.core.errors import OffhookError

__all__ = ["Outcome"]

MAX_SUMMARY = 8_000
MAX_FIELDS = 32_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a call. `fields` has JSON values, such as what was booked; `disposition` names the result in one
    word, such as "booked".

    Raises `OffhookError` if `summary` or `disposition` has more than 8,000 characters, or if `fields` is not JSON or
    has more than 32,000 characters.
    """

    summary: str = ""
    disposition: str = ""
    fields: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, value in (("summary", self.summary), ("disposition", self.disposition)):
            if not isinstance(value, str) or len(value) > MAX_SUMMARY:
                raise OffhookError(f"Outcome({name}=…): give a text of at most {MAX_SUMMARY} characters")
        try:
            size = len(json.dumps(dict(self.fields), allow_nan=False))
        except (TypeError, ValueError, RecursionError) as error:
            raise OffhookError(
                f"Outcome(fields=…) is not JSON ({error}); give texts, numbers, lists and dicts"
            ) from None
        if size > MAX_FIELDS:
            raise OffhookError(f"Outcome(fields=…) has {size} characters; give at most {MAX_FIELDS}")
