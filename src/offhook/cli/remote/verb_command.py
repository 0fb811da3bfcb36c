"""Creates the command-line command of a verb from the verb's fields. Most required fields become arguments, and most
other fields become options.
"""

import inspect
import json
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import typer
from typer.main import get_command

from offhook.core.commands import COMMANDS, Command, Query, parse_command
from offhook.core.errors import CommandError

__all__ = ["Common", "command_from", "verb_command"]

_WAIT = "Wait for the result, or return when the call has accepted the command."
_ID = "Your own key: the call carries out one command for each key, even if you send the command again."
_PLAIN = (str, int, float, bool)


@dataclass(frozen=True, slots=True)
class Common:
    """The options that the commands of all verbs have."""

    room: str
    agent: str = ""
    by: str = ""
    json: bool = False
    id: str = ""
    wait: bool = True
    timeout: float = 60.0


def verb_command(name: str) -> Any:
    """Return the command-line command of this verb, in the form that typer runs."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(name)(_function(COMMANDS[name]))
    return get_command(app)


def command_from(kind: type[Command], values: Mapping[str, Any]) -> Command:
    """Return the command to send, with the values that the user gave on the command line. Raises `CommandError` if a
    value is wrong.
    """
    given = {}
    for field in fields(kind):  # type: ignore[arg-type]  # every verb is a dataclass
        value, default = values.get(field.name), _default(field)
        if value is not None and value != default:
            given[field.name] = value if _plain(kind, field.name) else _from_json(field.name, value)
    return parse_command({"name": kind.name, **given})


def _function(kind: type[Command]) -> Callable[..., None]:
    def run(**values: Any) -> None:
        from offhook.cli.remote.verb_run import run_verb  # asyncio is slow to import

        common = Common(**{name.removeprefix("_"): values.pop(name) for name in list(values) if name[0] == "_"})
        raise typer.Exit(run_verb(command_from(kind, values), common))

    parameters = [*_common_arguments(), *_own(kind), *_common_options(queries=issubclass(kind, Query))]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer reads it
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    run.__doc__ = f"{inspect.cleandoc(kind.__doc__ or '')}\n\nRole: {kind.role}."
    return run


def _common_arguments() -> list[inspect.Parameter]:
    return [_parameter("_room", str, typer.Argument(metavar="ROOM", help="The room of the call."))]


def _common_options(*, queries: bool) -> list[inspect.Parameter]:
    """Return the parameters that all verbs have. If `queries` is False, add the parameters that queries do not have.

    The names of these parameters start with an underscore, so that they differ from the names of the verb's fields.
    """
    agent = typer.Option("--agent", help="The agent's identity, if the room has two agents.")
    by = typer.Option("--by", help="Your name in the call's journal; default: your login name.")
    as_json = typer.Option("--json", help="Print one JSON object.")
    found = [_parameter("_agent", str, agent, ""), _parameter("_by", str, by, "")]
    if not queries:
        found.append(_parameter("_id", str, typer.Option("--id", help=_ID), ""))
        found.append(_parameter("_wait", bool, typer.Option("--wait/--no-wait", help=_WAIT), True))
        seconds = typer.Option("--timeout", min=0.1, help="Seconds to wait for the result.")
        found.append(_parameter("_timeout", float, seconds, 60.0))
    return [*found, _parameter("_json", bool, as_json, False)]


def _own(kind: type[Command]) -> list[inspect.Parameter]:
    """Return a parameter for each field of the verb. A field that needs JSON becomes an option. Any other field becomes
    an argument if it is required, or if it is the verb's first field and contains text. The rest become options.
    """
    found = []
    for number, field in enumerate(fields(kind)):  # type: ignore[arg-type]  # every verb is a dataclass
        annotation, default = _annotation(kind, field.name), _default(field)
        required = default is inspect.Parameter.empty
        text = annotation is str or get_origin(annotation) is Literal
        if not _plain(kind, field.name):
            info = typer.Option(metavar="JSON", help="As JSON, or the name of a JSON file after an @.")
            found.append(_parameter(field.name, str | None, info, None))
        elif required or (number == 0 and text):
            metavar = None if get_origin(annotation) is Literal else field.name.upper()
            found.append(_parameter(field.name, annotation, typer.Argument(metavar=metavar), default))
        else:
            found.append(_parameter(field.name, annotation, typer.Option(), default))
    return found


def _parameter(name: str, annotation: Any, info: Any, default: object = inspect.Parameter.empty) -> inspect.Parameter:
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, default=default, annotation=Annotated[annotation, info])


def _default(field: Field[Any]) -> object:
    return inspect.Parameter.empty if field.default is MISSING else field.default


def _annotation(kind: type[Command], name: str) -> Any:
    return get_type_hints(kind)[name]


def _plain(kind: type[Command], name: str) -> bool:
    """Return True if the value needs no JSON on the command line: text, a number, a choice, yes or no."""
    annotation = _annotation(kind, name)
    parts = get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)
    return all(part in (*_PLAIN, type(None)) or get_origin(part) is Literal for part in parts)


def _from_json(name: str, text: str) -> object:
    try:
        return json.loads(Path(text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text)
    except OSError as error:
        raise CommandError("malformed", f"{name}: cannot read the file {text[1:]!r}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise CommandError("malformed", f"{name}: this is not JSON: {error}") from error
