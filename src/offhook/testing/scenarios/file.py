"""Reads a scenario file; an error names the place and the problem in one line."""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from offhook.core.errors import OffhookError

__all__ = ["EXPECTED", "VERBS", "Scenario", "ScenarioError", "Step", "find", "names", "read"]

_FOLDER = Path(__file__).parent
_WORDS, _SECONDS, _YES, _LIST = "words", "a number of seconds", "true", "a list of words"

VERBS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "hears": (_WORDS, {"timeout": _SECONDS}),
    "says": (_WORDS, {"audio": _WORDS}),
    "interrupts": (_WORDS, {"after": _WORDS, "timeout": _SECONDS}),
    "silent": (_SECONDS, {}),
    "makes": (_WORDS, {"seconds": _SECONDS}),
    "background": (_WORDS, {"seconds": _SECONDS}),
    "presses": (_WORDS, {}),
    "types": (_WORDS, {}),
    "becomes": (_WORDS, {}),
    "hangs_up": (_YES, {}),
    "drops_off": (_YES, {}),
    "returns": (_YES, {}),
    "ended": (_YES, {"timeout": _SECONDS}),
}
"""The verbs that a step can have, which are methods of the scripted caller.

For each verb, the table has the type of its value, and its options.
"""

EXPECTED: Mapping[str, str] = {
    "reason": _WORDS,
    "said": _LIST,
    "not_said": _LIST,
    "heard": _LIST,
    "tools": _LIST,
    "longest_silence": _SECONDS,
    "longest_call": _SECONDS,
}
_CALL: Mapping[str, str] = {
    "models": _WORDS,
    "number": _WORDS,
    "ringing": _YES,
    "metadata": _WORDS,
    "stays": _SECONDS,
    "thinks": _SECONDS,
}
_TOP = ("title", "steps", "call", "replies", "expect")


class ScenarioError(OffhookError):
    """A scenario file has an error; the error text names the place and the problem."""


@dataclass(frozen=True, slots=True)
class Step:
    """One action of the caller; `number` counts from 1."""

    number: int
    verb: str
    value: str | float | bool
    options: Mapping[str, str | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A caller's script, the settings of the call, and the expected result."""

    name: str
    title: str
    steps: tuple[Step, ...]
    call: Mapping[str, object] = field(default_factory=dict)
    replies: Mapping[str, str] = field(default_factory=dict)
    expect: Mapping[str, object] = field(default_factory=dict)


def names() -> list[str]:
    """Return the names of the built-in scenarios."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def find(wanted: str | Path) -> Path:
    """Return the path of a scenario file; `wanted` is a path or the name of a built-in scenario."""
    path = _FOLDER / f"{wanted}.toml" if str(wanted) in names() else Path(wanted)
    if not path.is_file():
        near = difflib.get_close_matches(str(wanted), names(), n=1)
        advice = f"did you mean {near[0]}?" if near else f"the built-in scenarios are {', '.join(names())}"
        raise ScenarioError(f"{wanted} is neither a scenario file nor a built-in scenario; {advice}")
    return path


def read(path: Path) -> Scenario:
    """Read the scenario in this file; raises `ScenarioError` if the file is not valid."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ScenarioError(f"{path} cannot be read: {error}") from None
    where = str(path)
    _check_names(where, raw, _TOP)
    title = raw.get("title", path.stem)
    _check(f"{where}: title", title, _WORDS)
    return Scenario(
        path.stem,
        title,
        _steps(where, raw.get("steps")),
        _table(f"{where}: [call]", raw.get("call", {}), _CALL),
        _replies(f"{where}: [replies]", raw.get("replies", {})),
        _table(f"{where}: [expect]", raw.get("expect", {}), EXPECTED),
    )


def _steps(where: str, raw: object) -> tuple[Step, ...]:
    if not isinstance(raw, list) or not raw:
        raise ScenarioError(
            f'{where}: there are no steps; write steps = [{{ hears = "hello" }}, {{ hangs_up = true }}]'
        )
    return tuple(_step(f"{where}: step {number}", number, one) for number, one in enumerate(raw, 1))


def _step(where: str, number: int, raw: object) -> Step:
    if not isinstance(raw, dict) or not raw:
        raise ScenarioError(f'{where} is {raw!r}; a step is a table, such as {{ says = "hello" }}')
    verbs = [name for name in raw if name in VERBS]
    if len(verbs) > 1:
        raise ScenarioError(f"{where} does two things, {' and '.join(verbs)}; make it two steps")
    if not verbs:
        _check_names(where, raw, VERBS)
    verb = verbs[0]
    kind, more = VERBS[verb]
    _check(f"{where}: {verb}", raw[verb], kind)
    options = {name: value for name, value in raw.items() if name != verb}
    return Step(number, verb, raw[verb], {**_table(f"{where}: {verb}", options, more)})  # type: ignore[dict-item]  # `_table` has checked the types


def _replies(where: str, raw: object) -> Mapping[str, str]:
    if not isinstance(raw, dict):
        raise ScenarioError(f"{where} is {raw!r}; [replies] is a table: the caller's words = the model's answer")
    for name, value in raw.items():
        _check(f"{where}: {name!r}", value, _WORDS)
    return raw


def _table(where: str, raw: object, kinds: Mapping[str, str]) -> Mapping[str, object]:
    if not isinstance(raw, dict):
        raise ScenarioError(f"{where} is {raw!r}; it must be a table")
    _check_names(where, raw, kinds)
    for name, value in raw.items():
        _check(f"{where}: {name}", value, kinds[name])
    return raw


def _check_names(where: str, raw: Mapping[str, object], known: Iterable[str]) -> None:
    for name in raw:
        if name not in known:
            near = difflib.get_close_matches(name, list(known), n=1)
            advice = f"did you mean {near[0]}?" if near else f"known here: {', '.join(known) or 'none'}"
            raise ScenarioError(f"{where}: {name!r} is unknown; {advice}")


def _check(where: str, value: object, kind: str) -> None:
    match kind:
        case "words":
            right = isinstance(value, str)
        case "true":
            right = value is True
        case "a list of words":
            right = isinstance(value, list) and all(isinstance(one, str) for one in value)
        case _:
            right = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 86_400
    if not right:
        raise ScenarioError(f"{where} is {value!r}; it must be {kind}")
