"""Agent files of every shape are found and loaded as LiveKit and Python do it; what is wrong is told with its line."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from offhook.core.errors import PlanError
from offhook.testing import ScriptedCaller, simulate
from offhook.testing.simulation.user_errors import AgentCodeError

HEAD = "from livekit.agents import Agent, AgentServer, AgentSession, JobContext, WorkerOptions, cli\n"
ANSWER = """
async def answer(ctx: JobContext) -> None:
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    await session.start(Agent(instructions="Be brief."), room=ctx.room)
    await session.say({greeting})
"""
SPOKEN = ANSWER.format(greeting='"Hello, this is the desk."')
DECORATED = "\n@{server}.rtc_session()"
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(text: str, name: str = "agent.py") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write_file


async def listens(call: ScriptedCaller) -> None:
    await call.hears("")
    await call.hangs_up()


def said(path: Path) -> list[str]:
    return simulate(path, listens).said


def refusal(path: Path) -> str:
    with pytest.raises((PlanError, AgentCodeError)) as told:
        simulate(path, listens)
    return str(told.value)


@pytest.mark.parametrize(
    "run",
    [
        "cli.run_app(WorkerOptions(entrypoint_fnc=answer))",
        "cli.run_app(WorkerOptions(answer, agent_name='desk'))",
        "server = AgentServer()\n    server.rtc_session(answer)\n    cli.run_app(server)",
        "options = WorkerOptions(entrypoint_fnc=answer)\n    cli.run_app(options)\n    raise SystemExit('never')",
    ],
)
def test_a_file_whose_main_block_runs_the_worker_is_simulated_as_it_is(write: Write, run: str) -> None:
    assert said(write(f'{HEAD}{SPOKEN}\nif __name__ == "__main__":\n    {run}\n')) == ["Hello, this is the desk."]


def test_run_app_is_also_found_in_a_function_and_under_another_name(write: Write) -> None:
    main = (
        "\ndef main():\n    run_app(WorkerOptions(entrypoint_fnc=answer))\n\nif __name__ == '__main__':\n    main()\n"
    )
    assert said(write(f"{HEAD}from livekit.agents.cli import run_app\n{SPOKEN}{main}"))
    assert said(write(f"{HEAD}{SPOKEN}\ncli.run_app(WorkerOptions(entrypoint_fnc=answer))\n", "bare.py"))


def test_prewarm_and_the_name_of_worker_options_are_used(write: Write) -> None:
    text = HEAD + ANSWER.format(greeting="ctx.proc.userdata['words']")
    text += "\ndef prewarm(process):\n    process.userdata['words'] = 'Warm.'\n"
    text += "\nif __name__ == '__main__':\n    cli.run_app(WorkerOptions(entrypoint_fnc=answer, prewarm_fnc=prewarm))\n"
    assert said(write(text)) == ["Warm."]


@pytest.mark.parametrize("name", ["server", "app", "agent", "worker", "_desk"])
def test_a_server_under_any_name_is_found(write: Write, name: str) -> None:
    assert said(write(f"{HEAD}{name} = AgentServer()\n{DECORATED.format(server=name)}{SPOKEN}"))


def test_a_package_with_relative_imports_runs_from_any_folder(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("", "desk/__init__.py")
    write("GREETING = 'From the package.'\n", "desk/words.py")
    write("PUNCTUATION = '!'\n", "desk/extra.py")
    imports = "from .words import GREETING\nfrom desk.extra import PUNCTUATION\nimport extra\n"
    text = f"{HEAD}{imports}server = AgentServer()\n{DECORATED.format(server='server')}"
    agent = write(text + ANSWER.format(greeting="GREETING"), "desk/agent.py")
    (agent.parents[1] / "elsewhere").mkdir()
    monkeypatch.chdir(agent.parents[1] / "elsewhere")
    assert said(Path("../desk/agent.py")) == ["From the package."]


def twin(write: Write, name: str) -> Path:
    write(f"GREETING = 'This is {name}.'\n", f"{name}/tools.py")
    text = f"{HEAD}from tools import GREETING\nserver = AgentServer()\n{DECORATED.format(server='server')}"
    return write(text + ANSWER.format(greeting="GREETING"), f"{name}/agent.py")


@pytest.mark.slow
def test_two_files_with_a_module_of_the_same_name_each_get_their_own(write: Write) -> None:
    one, two = twin(write, "one"), twin(write, "two")
    assert [said(one), said(two), said(one)] == [["This is one."], ["This is two."], ["This is one."]]


def test_a_module_of_the_test_with_that_name_does_not_reach_the_agent_and_stays(write: Write) -> None:
    own = sys.modules["tools"] = ModuleType("tools")
    try:
        assert said(twin(write, "one")) == ["This is one."]
        assert sys.modules["tools"] is own
    finally:
        del sys.modules["tools"]


def test_nothing_is_left_in_this_process(write: Write) -> None:
    write("GREETING = 'Hello.'\n", "greetings.py")
    agent = write(
        f"{HEAD}from greetings import GREETING\nserver = AgentServer()\n@server.rtc_session()"
        + ANSWER.format(greeting="GREETING")
    )
    before = (list(sys.path), set(sys.modules))
    assert said(agent) == ["Hello."]
    assert (sys.path, "greetings" in sys.modules, "agent" in sys.modules) == (before[0], False, False)


def test_an_error_at_import_names_its_line_first(write: Write) -> None:
    path = write("import os\n\nURL = os.environ['DATABASE_URL_OF_THE_DESK']\n")
    assert refusal(path) == f"{path}:3: KeyError: 'DATABASE_URL_OF_THE_DESK' (while importing the agent file)"


def test_an_error_in_a_module_beside_it_names_that_line(write: Write) -> None:
    beside = write("\nraise ValueError('no menu')\n", "menu_of_the_desk.py")
    path = write("import menu_of_the_desk\n")
    assert refusal(path) == f"{beside}:2: ValueError: no menu (while importing the agent file)"


def test_a_syntax_error_names_its_line(write: Write) -> None:
    path = write("x = 1\ndef (\n")
    assert refusal(path).startswith(f"{path}:2: SyntaxError: ")


def test_a_plugin_that_is_not_installed_is_told_with_its_package(write: Write) -> None:
    path = write("from livekit.plugins import turn_detector\n")
    told = "ImportError: cannot import name 'turn_detector' from 'livekit.plugins' (unknown location)"
    assert refusal(path).startswith(f"{path}:1: {told}; install it: pip install livekit-plugins-turn-detector")
    path = write("from livekit.plugins.turn_detector.multilingual import MultilingualModel\n")
    assert "install it: pip install livekit-plugins-turn-detector" in refusal(path)


@pytest.mark.parametrize(
    ("text", "line", "name"),
    [
        ("import os\nfrom livekit.agents.pipeline import VoicePipelineAgent\n", 2, "VoicePipelineAgent"),
        ("from livekit.agents import llm\nclass Tools(llm.FunctionContext): ...\n", 2, "FunctionContext"),
        ("from livekit.agents.multimodal import MultimodalAgent\n", 1, "MultimodalAgent"),
    ],
)
def test_a_file_for_version_0_says_so_in_one_line_with_the_guide(write: Write, text: str, line: int, name: str) -> None:
    path = write(text)
    assert refusal(path) == (
        f"{path}:{line}: {name} is from livekit-agents 0.x, and 1.x is installed; migrate the file: "
        "https://docs.livekit.io/agents/start/v0-migration/"
    )


def test_a_file_without_a_server_shows_the_lines_to_write(write: Write) -> None:
    path = write(f"{HEAD}{SPOKEN}")
    assert refusal(path) == (
        f"{path} has no `server`; write these two lines, with the name of your entrypoint:\n"
        "server = AgentServer()\nserver.rtc_session(entrypoint)"
    )
