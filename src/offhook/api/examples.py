"""Examples of command bodies, for the OpenAPI document and its tests. Not every command has an example."""

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["EXAMPLES"]

EXAMPLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "add_message": {"text": "The parcel is out for delivery.", "answer": True},
    "ask": {"instructions": "Ask the caller for the order number."},
    "away": {},
    "back": {},
    "context": {"action": "trim", "keep": 20},
    "dtmf": {"digits": "1w2"},
    "end": {"goodbye": "We are closing now. Goodbye.", "scope": "room"},
    "endpointing": {"min_delay": 0.5, "max_delay": 3.0},
    "instructions": {"text": "Answer in two sentences at most.", "action": "append"},
    "interrupt": {},
    "models": {"llm": "gpt-4.1"},
    "note": {"text": "The caller asked for a manager."},
    "quiet": {"mode": "hold"},
    "resume": {},
    "say": {"text": "One moment, please."},
    "silence": {"action": "replace", "steps": [{"kind": "say", "after": 20, "text": "Are you still there?"}]},
    "transfer": {"to": "+15105550100"},
    "voice": {"voice": "nova", "speed": 1.1},
}
