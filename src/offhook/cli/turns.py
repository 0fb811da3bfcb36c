"""`offhook turns CALL`: shows the delay of each answer of a call, and the reasons for the delay."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from offhook.cli.journal import Json, Where, open_reader

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from offhook.reports.turns import Turn

__all__ = ["turns"]

_NO_JOURNAL = (
    "The delays are measured in the sound. A recording does not show how long the agent chose to wait. "
    "Therefore `waited for` shows the wait that the preset `normal` chooses from the sound alone.\n"
)


def turns(
    call: Annotated[str, typer.Argument(help="The call's id, the start of the id, last, or the file of a recording")],
    as_json: Json = False,
    journal: Where = None,
) -> None:
    """Show each turn of the caller: the delay of the answer, the parts of the delay, and why the agent waited."""
    from pathlib import Path

    from offhook.reports.turns import turns as turns_of
    from offhook.reports.turns import turns_text

    file = Path(call)
    recorded = file.suffix != "" or len(file.parts) > 1
    if recorded:
        found = _recorded(file)
    else:
        with open_reader(journal) as reader:
            found = turns_of(reader.records(reader.find(call)))
    if as_json:
        print(json.dumps([turn.as_json for turn in found], indent=2, ensure_ascii=False))
        return
    print(turns_text(found) if found else "the caller had no turn in this call\n", end="")
    if found and recorded:
        print(_NO_JOURNAL, end="")


def _recorded(file: "Path") -> "Sequence[Turn]":
    import asyncio
    import logging

    from offhook.core.errors import OffhookError
    from offhook.testing.recorded_turns import recorded_turns

    log = logging.getLogger("livekit.agents")
    level = log.level
    log.setLevel(logging.ERROR)  # hides the warning "VAD inference is slower than realtime"
    try:
        return asyncio.run(recorded_turns(file))
    except OSError as error:
        raise OffhookError(f"{file} cannot be read: {error.strerror}") from error
    finally:
        log.setLevel(level)
