"""`offhook turns CALL`: the delay of each answer of a call, and the reasons of the delay."""

import json
from typing import Annotated

import typer

from offhook.cli.journal import Json, Where, open_reader

__all__ = ["turns"]


def turns(
    call: Annotated[str, typer.Argument(help="The call's id, the start of the id, or: last")],
    as_json: Json = False,
    journal: Where = None,
) -> None:
    """Show each turn of the caller: the delay of the answer, the parts of the delay, and why the agent waited."""
    from offhook.reports.turns import turns as turns_of
    from offhook.reports.turns import turns_text

    with open_reader(journal) as reader:
        found = turns_of(reader.records(reader.find(call)))
    if as_json:
        print(json.dumps([turn.as_json for turn in found], indent=2, ensure_ascii=False))
        return
    print(turns_text(found) if found else "the caller had no turn in this call\n", end="")
