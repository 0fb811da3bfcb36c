"""`offhook adopt` changes a few lines, keeps the rest as it is, and refuses what it does not understand."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from offhook.cli.adoption.adopt import adopted, changed_lines
from offhook.cli.adoption.source import AdoptError
from offhook.cli.main import _app

FILE = '''"""A bakery."""
from livekit.agents import Agent, AgentServer, AgentSession, JobContext   # two  spaces stay

server = AgentServer( port = 0 )

@server.rtc_session()
async def entrypoint(ctx: JobContext):
    session = AgentSession()  # ünïcode
    await session.start(
        agent=Agent(instructions="x"),
        room=ctx.room)
'''
ADOPTED = '''"""A bakery."""
from livekit.agents import Agent, AgentSession, JobContext   # two  spaces stay
from offhook import Server, Silence, goodbye, say, supervise

server = Server( port = 0 )

@server.rtc_session()
async def entrypoint(ctx: JobContext):
    session = AgentSession()  # ünïcode
    # offhook prompts a silent caller, then hangs up. Every end of a call closes its room and is journalled.
    ladder = Silence(say("Are you still there?", after=10), goodbye("I will hang up now. Goodbye.", after=10))
    await supervise(ctx, session, silence=ladder)
    await session.start(
        agent=Agent(instructions="x"),
        room=ctx.room)
'''
Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(text: str) -> Path:
        path = tmp_path / "agent.py"
        path.write_bytes(text.encode())
        return path

    return write_file


def offhook(*arguments: str) -> tuple[int, str]:
    run = CliRunner().invoke(_app(), ["adopt", *arguments])
    return run.exit_code, run.output


def test_the_rest_of_the_file_stays_as_it_is(write: Write) -> None:
    path = write(FILE)
    assert adopted(path).decode() == ADOPTED
    assert changed_lines(path, adopted(path)) == 6


def test_the_diff_is_printed_and_the_file_stays(write: Write) -> None:
    path = write(FILE)
    code, text = offhook(str(path))
    assert code == 0
    assert "+    await supervise(ctx, session, silence=ladder)" in text.splitlines()
    assert "6 lines added or changed; write them with --write" in text
    assert path.read_text() == FILE


def test_with_write_the_file_is_changed_once(write: Write) -> None:
    path = write(FILE)
    assert offhook(str(path), "--write")[0] == 0
    assert path.read_text() == ADOPTED
    with pytest.raises(AdoptError) as told:
        adopted(path)
    assert str(told.value) == f"{path}:3: the file uses offhook already"


def test_line_endings_of_windows_stay(write: Write) -> None:
    assert adopted(write(FILE.replace("\n", "\r\n"))).decode() == ADOPTED.replace("\n", "\r\n")


def test_a_file_that_asks_silent_callers_itself_gets_no_ladder(write: Write) -> None:
    handler = "    session.on('user_state_changed', print)\n    await session.start("
    text = adopted(write(FILE.replace("    await session.start(", handler))).decode()
    assert "    await supervise(ctx, session)\n" in text
    assert "Silence" not in text
    assert "user_state_changed handler prompts silent callers" in text


def test_names_that_the_file_uses_itself_are_left_alone(write: Write) -> None:
    text = adopted(write(f"{FILE}\ndef say(): ...\n")).decode()
    assert "\nimport offhook\n" in text
    assert "await offhook.supervise(ctx, session, silence=ladder)" in text
    assert 'offhook.Silence(offhook.say("Are' in text
    assert "server = offhook.Server(" in text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from livekit.agents import (\n  Agent,\n  AgentServer,\n)\n", "from livekit.agents import (\n  Agent,\n)\n"),
        ("from livekit.agents import AgentServer\n", ""),
        ("from livekit.agents import Agent, AgentServer\n", "from livekit.agents import Agent\n"),
        ("from livekit.agents import AgentServer, Agent\n", "from livekit.agents import Agent\n"),
        ("from livekit.agents import (Agent,\n  AgentServer)\n", "from livekit.agents import (Agent,\n  )\n"),
    ],
)
def test_an_import_that_is_no_longer_used_goes(write: Write, before: str, after: str) -> None:
    rest = FILE.partition("stay\n")[2]
    text = adopted(write(f"{before}{rest}")).decode()
    assert text.startswith(f"{after}from offhook import Server")


def test_an_import_that_is_still_used_stays(write: Write) -> None:
    text = adopted(write(f"{FILE}\ndef stop(server: AgentServer): ...\n")).decode()
    assert "AgentServer, AgentSession" in text


def test_worker_options_are_wrapped(write: Write) -> None:
    main = "cli.run_app(\n        WorkerOptions(entrypoint_fnc=entrypoint))\n"
    start = FILE.partition("async def")[2]
    text = f"from livekit.agents import cli\nasync def{start}\nif __name__ == '__main__':\n    {main}"
    assert "    cli.run_app(\n        Server.from_server_options(WorkerOptions(entrypoint_fnc=entrypoint)))\n" in (
        adopted(write(text)).decode()
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("    await session.start(", "    await desk.open(", ": no `await session.start(…)` was found; "),
        ("    await session.start(", "    for _ in range(2): await session.start(", ":9: the session starts in a loop"),
        ("    await session.start(", "    x = 1; await session.start(", ":9: this statement shares its line"),
        ("session = AgentSession()", "desk.session = AgentSession()", ":9: the session is not a plain variable"),
        ("entrypoint(ctx: JobContext)", "entrypoint()", ":7: entrypoint starts the session but has no JobContext"),
        ("@server.rtc_session()\nasync def entrypoint(ctx: JobContext)", "async def f(x)", ":6: f starts the session"),
        ("session = AgentSession()", "session = (", " line 8: SyntaxError: '(' was never closed"),
        ("import Agent,", "import VoicePipelineAgent, Agent,", ":2: VoicePipelineAgent is from livekit-agents 0.x"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_line(write: Write, old: str, new: str, told: str) -> None:
    text = FILE.replace("await session.start(", "await desk.session.start(") if "desk.session" in new else FILE
    path = write(text.replace(old, new))
    with pytest.raises(AdoptError) as error:
        adopted(path)
    assert told in str(error.value)
    assert str(error.value).startswith(str(path))


def test_a_second_function_that_starts_a_session_is_refused(write: Write) -> None:
    second = (
        "\nasync def other(ctx: JobContext):\n    session = AgentSession()\n    await session.start(room=ctx.room)\n"
    )
    with pytest.raises(AdoptError, match=r":15: a second function starts a session; offhook supervises one session"):
        adopted(write(f"{FILE}{second}"))


def test_a_session_that_starts_in_one_of_two_branches_is_supervised_before_both(write: Write) -> None:
    branches = "    if ctx:\n        await session.start(room=ctx.room)\n    else:\n        await session.start()\n"
    text = adopted(write(f"{FILE.partition('    await session')[0]}{branches}")).decode()
    assert text.endswith(f"    await supervise(ctx, session, silence=ladder)\n{branches}")
