"""Adds the verbs for running calls to the command line, one command for each verb. `--help` lists the verbs without
importing their modules.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from typer.core import TyperGroup

import offhook

__all__ = ["NO_COMMAND", "RUNNING", "OffhookGroup", "verb_phrases"]

NO_COMMAND = {"result", "facts"}
"""Verbs that the command line leaves out: every command already shows its result, and `follow` shows the facts."""
RUNNING = ("top", "follow")
"""Commands that are not verbs, but that the help lists together with the verbs."""

_VERBS = Path(offhook.__file__).parent / "core" / "commands" / "verbs"


@cache
def verb_phrases() -> Mapping[str, str]:
    """Return the name of each verb, with the description in the first line of the verb's module.

    This function reads the modules as text, because the import of pydantic would take most of the time of `--help`.
    """
    phrases = {}
    for path in sorted(_VERBS.glob("*.py")):
        if path.stem != "__init__" and path.stem not in NO_COMMAND:
            with path.open(encoding="utf-8") as file:
                _, _, phrase = file.readline().strip().strip('"').partition(": ")
            phrases[path.stem] = phrase[:1].upper() + phrase[1:]
    return phrases


class OffhookGroup(TyperGroup):
    """The group of all commands. The command of a verb is created only when the user runs this command. The user may
    write a verb's name with `-` in place of `_`.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), *(name for name in verb_phrases() if name not in self.commands)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        known = super().get_command(ctx, cmd_name)
        name = cmd_name.replace("-", "_")
        if known is not None or name not in verb_phrases():
            return known
        from offhook.cli.remote.verb_command import verb_command  # pydantic is slow to import

        return verb_command(name)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002  # the signature of typer
        limit = formatter.width - 6 - max(map(len, self.commands))
        own = {name: one.get_short_help_str(limit) for name, one in self.commands.items() if not one.hidden}
        running = {name: own.pop(name) for name in RUNNING if name in own}
        with formatter.section("Commands"):
            formatter.write_dl(list(own.items()))
        with formatter.section("Commands for running calls"):
            formatter.write_dl([*running.items(), *verb_phrases().items()])
