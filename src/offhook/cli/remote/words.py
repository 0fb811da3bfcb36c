"""Writes what a running call answers as text: the state and the transcript of the call."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from offhook.reports.render import clean
from offhook.reports.unsaid import quoted

__all__ = ["answer_words", "caller_words", "doing", "length"]

State = Mapping[str, Any]

_ROLES = {"user": "caller", "assistant": "agent"}
_ERRORS = {
    "not_offhook": "not offhook",
    "ended": "ended",
    "no_room": "ended",
    "no_agent": "ended",
    "unreachable": "no answer",
}
_DOING = {"speaking": "agent speaks", "thinking": "thinking", "initializing": "starting"}


def answer_words(query: str, answer: State) -> str:
    """Return the answer to a query as text. For a query that is not in `_WORDS`, the text is JSON."""
    words = _WORDS.get(query)
    return words(answer) if words else json.dumps(answer, indent=2, ensure_ascii=False)


def doing(state: State) -> str:
    """Return what happens in the call now, for example "caller speaks", "thinking" or "listening"."""
    if error := state.get("error"):
        return _ERRORS.get(error, str(error))
    if ending := state.get("ending"):
        return f"ending: {ending}"
    if state.get("caller_state") == "speaking":
        return "caller speaks"
    if quiet := state.get("quiet"):
        return f"quiet: {quiet}"
    if known := _DOING.get(str(state.get("agent_state"))):
        return known
    return "caller away" if state.get("caller_state") == "away" else "listening"


def caller_words(state: State) -> str:
    """Return the caller's number, name or identity; "nobody" if there is no caller."""
    caller = state.get("caller")
    if not isinstance(caller, Mapping):
        return "nobody"
    return str(caller.get("number") or caller.get("name") or caller.get("identity") or "nobody")


def length(seconds: object) -> str:
    """Return a duration as text, such as 1:05 or 1:02:03."""
    if not isinstance(seconds, int | float):
        return ""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _line_words(caller: Mapping[str, object]) -> str:
    words = (caller.get("direction"), f"dialled {caller.get('dialled')}", f"trunk {caller.get('trunk')}")
    return ", ".join(map(str, words)) if caller.get("direction") else ""


def _state(state: State) -> str:
    caller, last, latency = state.get("caller"), state.get("last"), state.get("latency")
    kind = f", {caller.get('kind', '')}" if isinstance(caller, Mapping) else ""
    rows = {
        "room": state.get("room"),
        "call": f"{state.get('call')}, {length(state.get('seconds'))}",
        "agent": f"{state.get('agent') or '?'}, {state.get('agent_state')}, identity {state.get('identity')}",
        "caller": f"{caller_words(state)}{kind}, {state.get('caller_state')}",
        "phone": state.get("phone_status"),
        "line": _line_words(caller) if isinstance(caller, Mapping) else None,
        "now": doing(state),
        "others": state.get("others"),
        "turns": state.get("turns"),
        "latency": f"{latency:.2f} s" if isinstance(latency, int | float) else None,
        "tokens": state.get("tokens"),
        "last": _line(last) if isinstance(last, Mapping) else None,
    }
    return "\n".join(f"{label:<9} {clean(str(text))}" for label, text in rows.items() if text not in (None, "", 0))


def _transcript(answer: State) -> str:
    lines = [f"{_clock(one.get('at'))}  {_line(one)}" for one in answer.get("messages", ())]
    return "\n".join(map(clean, lines)) or "nothing was said yet"


def _line(message: State) -> str:
    who = str(message.get("who"))
    return f"{_ROLES.get(who, who):<7} {quoted(message.get('text'))}"


def _clock(at: object) -> str:
    return f"{datetime.fromtimestamp(at).astimezone():%H:%M:%S}" if isinstance(at, int | float) else "?"


_WORDS: Mapping[str, Callable[[State], str]] = {"state": _state, "transcript": _transcript}
