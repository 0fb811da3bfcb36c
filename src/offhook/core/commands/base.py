"""The base class of all commands to a running call. A command has a name, a role that may send it, and an effect.

Each command is one module in `verbs`, for example `verbs/say.py`. `table.py` makes a table of all commands. The client,
the command line, the HTTP API, the MCP tools and the reference pages use the table. `call/command_target.py` implements
the methods of `CommandTarget`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Annotated, ClassVar, Literal, Protocol, get_args

from pydantic import ConfigDict, StringConstraints

from offhook.core.decisions import Decision, RunCommand
from offhook.core.ladder import Silence

__all__ = [
    "MAX_NUMBER",
    "MAX_TEXT",
    "MAX_WAIT",
    "METHOD",
    "ROLES",
    "CallView",
    "Command",
    "CommandTarget",
    "Query",
    "Role",
    "Text",
    "tag_of",
]

METHOD = "offhook.command"
"""The name of the RPC method that receives commands. Every call in a room of a LiveKit server registers this method."""
MAX_TEXT = 4_000
"""Maximum characters of a text in a command, because LiveKit carries at most 15,360 bytes in one RPC."""
MAX_NUMBER = 2**53
"""The largest record number in a query. Many JSON parsers read larger whole numbers inexactly."""
MAX_WAIT = 2.0
"""Maximum seconds that a query waits for a new record or result.

The limit is below 3 s, because LiveKit's server repeats an RPC that has no answer after about 3 s.
"""

Role = Literal["viewer", "operator", "supervisor"]
ROLES: tuple[Role, ...] = get_args(Role)
"""The roles, lowest first. Each role may also send the commands of all lower roles."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT)]


def tag_of(command_id: str) -> str:
    """Return the tag of this command's decisions. The resulting `LinePlayed` or `ActionDone` has the same tag."""
    return f"command {command_id}"


class CommandTarget(Protocol):
    """The running call that a command changes. A text that a method returns is a note about the result, or "".

    The methods raise `UnsupportedError` if the change is impossible with the model or the caller of this call.
    """

    async def change_instructions(self, text: str, *, append: bool, sticky: bool, by: str) -> str: ...
    async def restore(self, *, by: str) -> str: ...
    async def cut_context(self, *, keep: int, tools: bool, by: str) -> str: ...
    async def forget_speech(self, *, by: str) -> str: ...
    async def put_message(self, text: str, *, role: str, answer: bool, by: str) -> str: ...
    def away(self, away: bool = True, *, by: str) -> None: ...
    def silence(self, ladder: Silence | None, *, by: str) -> None: ...
    def pause(self, *, by: str) -> None: ...
    def resume(self, *, by: str) -> None: ...
    async def quiet(self, mode: Literal["mute", "hold", "takeover"], *, context: bool, by: str) -> str: ...
    async def unquiet(self, *, by: str) -> str: ...
    async def interrupt(self) -> str: ...
    def pause_recording(self, *, by: str) -> str: ...
    def resume_recording(self, *, by: str) -> str: ...
    def endpointing(self, *, min_delay: float | None, max_delay: float | None) -> str: ...
    def voice(self, voice: str, *, language: str | None, speed: float | None) -> str: ...
    def models(self, *, llm: str | None, stt: str | None, tts: str | None, temperature: float | None) -> str: ...
    async def dtmf(self, digits: str) -> str: ...
    async def transfer(self, to: str, *, by: str) -> str: ...


class CallView(Protocol):
    """The data of a running call that queries can read. The methods return values that can be written as JSON."""

    def state(self) -> Mapping[str, object]:
        """Return the state of the call: the caller, the agent, the current state of both, and the last words."""

    async def transcript(self, *, after: int) -> Mapping[str, object]:
        """Return the messages after this record number, as many as fit into one RPC answer."""

    async def facts(self, *, after: int, wait: float) -> Mapping[str, object]:
        """Return the records after this number. If there are none, wait at most `wait` seconds for a new record."""

    async def results(self, command: str, *, after: int, wait: float) -> Mapping[str, object]:
        """Return the results of a command without the first `after` results.

        If there are none, wait at most `wait` seconds for a new result.
        """


class Command:
    """A command to a running call. Each command is a frozen dataclass of this type, in a module of `verbs`."""

    __slots__ = ()
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    name: ClassVar[str]
    """The command's name in tokens, URLs, the command line and the journal."""
    role: ClassVar[Role]
    """The lowest role that may send this command."""
    speaks: ClassVar[bool] = False
    """True if the result is speech to the caller. If nothing fails, the final status is "spoken" or "interrupted"."""
    destructive: ClassVar[bool] = False
    """True if the command cannot be undone. The MCP tool of the command tells this to the LLM that uses the tool."""
    asks_model: ClassVar[bool] = False
    """True if the command asks the model for an answer. Such a command fails while `quiet` is in effect."""

    def decide(self, command_id: str, by: str) -> Sequence[Decision]:
        """Return the decisions that carry the command out. The default is `RunCommand`, which calls `run`."""
        return [RunCommand(self, by, tag=tag_of(command_id), why=f"{self.name} by {by}")]

    async def run(self, call: CommandTarget, by: str) -> str:
        """Change the call. Return a note about the result, or an empty string."""
        raise NotImplementedError(self.name)

    def words(self) -> str:
        """Return the command as a phrase for timelines: the name, and the fields that differ from their defaults."""
        said = [
            f"{field.name}={value}"
            for field in fields(self)  # type: ignore[arg-type]  # every verb is a dataclass
            if (value := getattr(self, field.name)) != field.default
        ]
        return f"{self.name} {', '.join(said)}".rstrip()


class Query(Command):
    """A command that only reads data. The reply to the RPC has the data, so a query has no decisions and no results."""

    __slots__ = ()
    role: ClassVar[Role] = "viewer"

    async def read(self, view: CallView) -> Mapping[str, object]:
        """Return the data for the reply."""
        raise NotImplementedError(self.name)
