"""Checks of good and bad agent files, imported as a worker imports them."""

import os
import resource
from dataclasses import replace
from pathlib import Path

import pytest

from offhook.checks.agent import TIME, Agent, check_agent, find_agent_file, inspect
from offhook.checks.finding import Finding
from offhook.checks.run import GRACE, LIMIT
from offhook.checks.secrets import redactor

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
PATIENT = 60.0  # two cores, and other tests on them

STOCK = """
from livekit.agents import AgentServer, JobContext
print("noise")
app = AgentServer(port=9999)

@app.rtc_session(agent_name="desk")
async def entry(ctx: JobContext) -> None: ...
"""
RAISES = r"""
def connect(key):
    raise RuntimeError(f"no entry with {key}: begin\ncanary\nend")

connect("sk-4f6f2d1b9c")
"""
FINE = Agent(variable="server", agent_name="", registered=True, ours=True, port=8081, serves=True)


async def look(path: Path | None) -> Agent | Finding:
    return await inspect(path, environ={"PATH": os.environ["PATH"]}, limit=PATIENT)


async def test_the_smallest_agent_is_found_as_livekit_finds_it() -> None:
    assert await look(ROOT / "agents" / "agent.py") == FINE


async def test_a_stock_server_tells_its_name_and_port_whatever_else_it_prints(tmp_path: Path) -> None:
    file = tmp_path / "stock.py"
    file.write_text(STOCK)
    assert await look(file) == Agent("app", "desk", registered=True, ours=False, port=9999)


async def test_worker_options_in_the_main_block_are_found(tmp_path: Path) -> None:
    file = tmp_path / "options.py"
    file.write_text(
        "from livekit.agents import JobContext, WorkerOptions, cli\nasync def entry(ctx: JobContext) -> None: ...\n"
        "if __name__ == '__main__':\n"
        "    cli.run_app(WorkerOptions(entrypoint_fnc=entry, agent_name='desk', port=9998))\n"
    )
    found = await look(file)
    assert found == Agent("cli.run_app", "desk", registered=True, ours=False, port=9998)
    assert "`cli.run_app` (LiveKit's own AgentServer)" in check_agent(found, file, {}).detail


async def test_a_file_for_version_0_is_told_with_the_guide(tmp_path: Path) -> None:
    file = tmp_path / "old.py"
    file.write_text("from livekit.agents.pipeline import VoicePipelineAgent\n")
    found = check_agent(await look(file), file, {})
    assert found.detail == f"{file}:1: VoicePipelineAgent is from livekit-agents 0.x, and 1.x is installed"
    assert found.todo == "migrate the file: https://docs.livekit.io/agents/start/v0-migration/"


async def test_a_file_without_a_server_says_what_to_write(tmp_path: Path) -> None:
    file = tmp_path / "none.py"
    file.write_text("x = 1\n")
    found = check_agent(await look(file), file, {})
    assert (found.state, found.todo) == ("problem", "write: server = serve(plan)")


ROUTED = """
from offhook import Route, Routes, serve

def plan(call): ...

routes = Routes(
    Route(plan, name="us", dialled="+1*"),
    Route("routed:plan", name="boston", dialled="+1617*"),
    Route("nowhere:plan", name="lobby", room="lobby"),
    default="routed:plan",
)
server = serve(routes)
"""


async def test_routes_that_lead_nowhere_or_can_never_take_a_call_are_told(tmp_path: Path) -> None:
    file = tmp_path / "routed.py"
    file.write_text(ROUTED)
    found = await look(file)
    assert isinstance(found, Agent)
    broken = check_agent(found, file, {})
    assert broken.state == "problem"
    assert (
        "route lobby: the plan function nowhere:plan cannot be used: ModuleNotFoundError: No module named 'nowhere'"
        in broken.detail
    )
    late = check_agent(replace(found, broken_routes=[]), file, {})
    assert (late.state, late.detail) == ("warning", f"{file}: route boston can never take a call, us comes first")
    fine = check_agent(replace(found, broken_routes=[], unreachable_routes=[]), file, {})
    assert (fine.state, "`server`, 3 routes, no agent name" in fine.detail) == ("ok", True)


async def test_a_file_that_raises_is_told_with_its_line_and_a_secret_of_several_lines_is_hidden_before(
    tmp_path: Path,
) -> None:
    file = tmp_path / "raises.py"
    file.write_text(RAISES)
    environ = {"PATH": os.environ["PATH"]}
    found = await inspect(file, environ=environ, hide=redactor(["begin\ncanary\nend"]), limit=PATIENT)
    assert isinstance(found, Finding)
    assert found.detail == f"{file} line 3 cannot be imported: RuntimeError: no entry with sk-4f6f2d1b9c: (hidden)"


async def test_a_refusal_of_ours_is_told_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "refused.py"
    file.write_text("from offhook import serve\nserver = serve(lambda call: None)\n")
    found = await look(file)
    assert isinstance(found, Finding)
    assert "define it as a plain function at the top level" in found.detail
    assert "Traceback" not in found.detail


async def test_a_file_that_never_comes_back_is_ended(tmp_path: Path) -> None:
    file = tmp_path / "slow.py"
    file.write_text("while True: pass\n")
    found = await inspect(file, environ={}, limit=0.01)
    assert isinstance(found, Finding)
    assert (found.state, "takes more than 0.01 s" in found.detail) == ("warning", True)


@pytest.mark.parametrize(
    ("text", "says"),
    [(None, "there is no agent file {}"), ("x = (\n", "{} line 1: SyntaxError: '(' was never closed")],
)
async def test_a_file_that_cannot_be_compiled_is_not_even_started(tmp_path: Path, text: str | None, says: str) -> None:
    file = tmp_path / "bad.py"
    if text is not None:
        file.write_text(text)
    found = await look(file)
    assert isinstance(found, Finding)
    assert (found.state, found.detail) == ("problem", says.format(file))


async def test_no_file_at_all_is_skipped() -> None:
    found = await look(None)
    assert isinstance(found, Finding)
    assert found.state == "skipped"


def test_the_usual_names_are_looked_for_in_order(tmp_path: Path) -> None:
    assert find_agent_file(None, tmp_path) is None
    (tmp_path / "main.py").write_text("")
    (tmp_path / "agent.py").write_text("")
    assert find_agent_file(None, tmp_path) == tmp_path / "agent.py"
    assert find_agent_file(Path("mine.py"), tmp_path) == Path("mine.py")


@pytest.mark.parametrize(
    ("name", "environ", "says"),
    [
        ("", {}, "no agent name: dispatched to every new room automatically"),
        ("desk", {}, 'agent name "desk": explicit dispatch only'),
        ("", {"LIVEKIT_AGENT_NAME": "bar"}, 'agent name "bar" (LIVEKIT_AGENT_NAME): explicit dispatch only'),
        ("desk", {"LIVEKIT_AGENT_NAME": "bar"}, 'agent name "desk": explicit dispatch only'),
        (
            "desk",
            {"LIVEKIT_AGENT_NAME_OVERRIDE": "x"},
            'agent name "x" (LIVEKIT_AGENT_NAME_OVERRIDE): explicit dispatch only',
        ),
    ],
)
def test_which_calls_come_to_it_is_explained(name: str, environ: dict[str, str], says: str) -> None:
    found = check_agent(Agent("server", name, registered=True, ours=True, port=0), Path("a.py"), environ)
    assert (found.state, says in found.detail) == ("ok", True)


def test_a_server_without_an_entrypoint_is_a_problem() -> None:
    found = check_agent(Agent("server", "", registered=False, ours=False, port=0), Path("a.py"), {})
    assert found.state == "problem"


def test_a_slow_import_is_told_before_the_check_is_ended() -> None:
    assert TIME < LIMIT + GRACE


async def test_a_file_that_prints_without_end_fills_no_memory(tmp_path: Path) -> None:
    file = tmp_path / "agent.py"
    file.write_text("while True:\n    print('x' * 100_000)\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = await inspect(file, environ={"PATH": os.environ["PATH"]}, limit=2)
    assert isinstance(found, Finding)
    assert "takes more than 2 s" in found.detail
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KB
