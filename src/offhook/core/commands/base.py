"""The base class of all commands to a running call. A command has a name, a role that may send it, and an effect.

A verb is one module in `verbs`, for example `verbs/say.py`. `table.py` makes a table of all modules. The client, the
command line, the HTTP API, the MCP tools and the reference use the table. `call/command_target.py` implements the
methods of `CommandTarget`.
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
"""The RPC method that takes commands; every call registers this method."""
MAX_TEXT = 4_000
"""Maximum characters of a text in a command. LiveKit carries at most 15,360 bytes in one RPC."""
MAX_NUMBER = 2**53
"""The largest record number in a query. JSON readers read whole numbers up to this size exactly."""
MAX_WAIT = 2.0
"""Maximum seconds that a query waits for a new record or result. After about 3 s, LiveKit's server repeats an RPC."""

Role = Literal["viewer", "operator", "supervisor"]
ROLES: tuple[Role, ...] = get_args(Role)
"""The roles in order. Each role may also send the commands of the roles before it."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT)]


def tag_of(command_id: str) -> str:
    """Return the tag of the decisions of this command; `LinePlayed` and `ActionDone` have the same tag."""
    return f"command {command_id}"


class CommandTarget(Protocol):
    """The running call that a command changes. A method that returns text returns a note about the result, or an empty
    string.

    The methods raise `UnsupportedError` if the call's model or caller does not allow the change.
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
    """The data of a running call that queries can read. The results are JSON-ready."""

    def state(self) -> Mapping[str, object]:
        """Return the state of the call: caller, agent, states, last words."""

    async def transcript(self, *, after: int) -> Mapping[str, object]:
        """Return the messages after this record number, as many as fit into one answer."""

    async def facts(self, *, after: int, wait: float) -> Mapping[str, object]:
        """Return the records after this number. If there are none, wait at most `wait` seconds for one."""

    async def results(self, command: str, *, after: int, wait: float) -> Mapping[str, object]:
        """Return the results of a command after the first `after` results; wait at most `wait` seconds for one."""


class Command:
    """A command to a running call. Each verb is a frozen dataclass of this type, in a module of `verbs`."""

    __slots__ = ()
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    name: ClassVar[str]
    """The name in tokens, URLs, the command line and the journal."""
    role: ClassVar[Role]
    """The lowest role that may send this command."""
    speaks: ClassVar[bool] = False
    """True if the caller hears the result. The final result is then "spoken" or "interrupted", if nothing fails."""
    destructive: ClassVar[bool] = False
    """True if the command cannot be undone. A model that sends commands gets this information."""
    asks_model: ClassVar[bool] = False
    """True if the command asks the model for an answer. While the agent is quiet, such a command fails."""

    def decide(self, command_id: str, by: str) -> Sequence[Decision]:
        """Return the decisions that carry the command out. By default, `RunCommand` calls `run`."""
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
    """A command that only reads. The answer is the reply to the request; there are no decisions and no results."""

    __slots__ = ()
    role: ClassVar[Role] = "viewer"

    async def read(self, view: CallView) -> Mapping[str, object]:
        """Return the answer."""
        raise NotImplementedError(self.name)
