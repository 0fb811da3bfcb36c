"""`WorkerOptions`, the older way to set up a worker, works with offhook's server and with all commands."""

import functools
import math
import sys
from pathlib import Path
from typing import Any

import pytest
from livekit.agents import JobContext, JobProcess, JobRequest, WorkerOptions

from offhook import Server
from offhook.core.errors import PlanError
from offhook.dev.run import check_agent_file
from offhook.dev.worker_command import start_command, worker_command
from offhook.worker.admission import Admission
from offhook.worker.prewarm import Prewarm

OPTIONS = """from livekit.agents import JobContext, WorkerOptions, cli

async def answer(ctx: JobContext) -> None: ...

if __name__ == "__main__":
    cli.run_app(WorkerOptions(entrypoint_fnc=answer))
"""


async def answer(ctx: JobContext) -> None: ...


async def choose(request: JobRequest) -> None: ...


def prewarm(process: JobProcess) -> None: ...


def registered(monkeypatch: pytest.MonkeyPatch, options: WorkerOptions) -> tuple[Server, dict[str, Any]]:
    """Return the server that was made, and what was registered with LiveKit."""
    from livekit.agents import AgentServer

    given: dict[str, Any] = {}
    register = AgentServer.rtc_session

    def recorded(self: AgentServer, *arguments: Any, **named: Any) -> Any:
        given.update(named)
        return register(self, *arguments, **named)

    monkeypatch.setattr(AgentServer, "rtc_session", recorded)
    return Server.from_server_options(options), given


def test_the_shortest_options_get_offhooks_load_and_admission(monkeypatch: pytest.MonkeyPatch) -> None:
    server, given = registered(monkeypatch, WorkerOptions(entrypoint_fnc=answer))
    assert isinstance(given["on_request"], Admission)
    assert server.load_fnc == server._load
    assert server._load_threshold == math.inf
    assert server._drain_timeout == server.settings.drain


def test_given_options_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    options = WorkerOptions(answer, request_fnc=choose, prewarm_fnc=prewarm, agent_name="desk", drain_timeout=7)
    server, given = registered(monkeypatch, options)
    assert isinstance(server.setup_fnc, Prewarm)
    assert (server.setup_fnc.user, given["agent_name"], server._drain_timeout) == (prewarm, "desk", 7)
    assert given["on_request"]._on_request is choose


def test_an_entrypoint_that_no_job_can_import_shows_the_two_lines_to_write() -> None:
    with pytest.raises(PlanError) as told:
        Server.from_server_options(WorkerOptions(entrypoint_fnc=functools.partial(answer)))
    assert str(told.value).endswith(
        "write these two lines at the top level of the file, and pass entrypoint_fnc=answer:\n"
        "async def answer(ctx: JobContext) -> None:\n    await answer(ctx)"
    )


def test_dev_and_start_run_the_files_own_command(tmp_path: Path) -> None:
    file = tmp_path / "agent.py"
    file.write_text(OPTIONS)
    assert worker_command(file, log_level="INFO")[1:] == [str(file), "dev", "--no-reload", "--log-level=INFO"]
    assert start_command(file, ["--url", "ws://x"]) == [sys.executable, str(file), "start", "--url", "ws://x"]


def test_dev_and_start_refuse_a_file_for_version_0(tmp_path: Path) -> None:
    file = tmp_path / "agent.py"
    file.write_text("from livekit.agents import llm\n\nclass Tools(llm.FunctionContext): ...\n")
    with pytest.raises(
        PlanError, match=r"agent\.py:3: FunctionContext is from livekit-agents 0\.x, and 1\.x is installed"
    ):
        check_agent_file(file)
    file.write_text("class FunctionContext: ...\nx = tools.FunctionContext\n")
    check_agent_file(file)


def test_dev_of_a_file_with_a_main_block_goes_through_its_own_dev(tmp_path: Path) -> None:
    file = tmp_path / "agent.py"
    file.write_text(OPTIONS)
    assert start_command(file, ["--dev", "--log-format=colored"])[2:] == ["dev", "--no-reload"]


@pytest.mark.parametrize("made", ["AgentServer()", "Server.from_server_options(WorkerOptions(answer))", "serve(plan)"])
def test_a_file_with_a_server_is_run_by_livekit(tmp_path: Path, made: str) -> None:
    file = tmp_path / "agent.py"
    file.write_text(f"server = {made}\ncli.run_app(server)\n")
    assert worker_command(file, log_level="INFO")[1:4] == ["-m", "offhook.worker", "start"]
    assert start_command(file, ())[1:] == ["-m", "offhook.worker", "start", str(file)]
