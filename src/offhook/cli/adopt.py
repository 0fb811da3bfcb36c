"""`offhook adopt FILE`: shows or writes the few lines that let offhook supervise an agent's calls."""

import sys
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["adopt"]


def adopt(
    agent_file: Annotated[Path, typer.Argument(metavar="AGENT_FILE", help="An agent file written for LiveKit alone.")],
    *,
    write: Annotated[bool, typer.Option("--write", help="Change the file.")] = False,
) -> None:
    """Print the diff that makes offhook supervise this agent: one import, one `await`, and offhook's server.

    offhook then prompts a silent caller, and ends the call if the caller stays silent. If the file itself handles
    silence, no ladder is added. If the command cannot edit the file, it refuses the file and names the line.
    """
    from offhook.cli.adoption.adopt import adopted, changed_lines, diff

    text = adopted(agent_file)
    lines = changed_lines(agent_file, text)
    if write:
        agent_file.write_bytes(text)
        print(f"{agent_file}: {lines} lines added or changed; try it: offhook simulate {agent_file}")
        return
    print(diff(agent_file, text))
    print(f"{lines} lines added or changed; write them with --write", file=sys.stderr)
