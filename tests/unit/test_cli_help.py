"""The help of the commands is fast; an error is one line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.command_line import Done, call, offhook

from offhook.cli.agent import run_agent_file

pytestmark = pytest.mark.slow

FOREIGN = ("LIVEKIT_", "OFFHOOK_")


def run(*arguments: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    source = str(Path(__file__).parents[2] / "src")
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**environ, "PYTHONPATH": source},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def agent_file(folder: Path) -> Path:
    path = folder / "agent.py"
    path.write_text(
        "import sys\nfrom pathlib import Path\nfrom offhook.cli.agent import run_agent_file\n"
        "run_agent_file(object(), sys.argv[1:], Path(__file__))\n"
    )
    return path


def test_help_lists_the_commands(tmp_path: Path) -> None:
    done = run("-m", "offhook", "--help", folder=tmp_path)
    assert done.returncode == 0
    assert all(f"\n  {command} " in done.stdout for command in ("dev", "start", "server"))


# typer itself takes pydantic for a command's own help.
SLOW = {"livekit", "rich", "aiohttp", "numpy", "watchfiles", "asyncio"}


@pytest.mark.parametrize(
    ("arguments", "slow"),
    [
        (["--help"], SLOW | {"pydantic"}),
        (["dev", "--help"], SLOW),
        (["start", "--help"], SLOW),
        (["server", "--help"], SLOW),
    ],
)
def test_help_loads_neither_livekit_nor_anything_slow(tmp_path: Path, arguments: list[str], slow: set[str]) -> None:
    code = (
        "import sys\nfrom offhook.cli.main import main\n"
        f"sys.argv = ['offhook', *{arguments}]\n"
        "try:\n    main()\nexcept SystemExit as done:\n    assert done.code == 0\n"
        f"print(sorted({slow} & set(sys.modules)), file=sys.stderr)\n"
    )
    done = run("-c", code, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "[]\n")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["dev", "nope.py"], "offhook: there is no agent file nope.py; name one, such as agents/agent.py\n"),
        (["dev", "bad.py"], "offhook: bad.py line 2: SyntaxError: '(' was never closed; fix it and start again\n"),
        (["start", "nope.py"], "offhook: there is no agent file nope.py; name one, such as agents/agent.py\n"),
    ],
)
def test_a_refusal_is_one_line_and_exit_code_2(tmp_path: Path, arguments: list[str], complaint: str) -> None:
    (tmp_path / "bad.py").write_text("\nx = (\n")
    done = offhook(*arguments, folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", complaint)


def agent_command(*arguments: str, folder: Path) -> Done:
    """Run a command of an agent file in this process."""
    file = agent_file(folder)
    return call(lambda: run_agent_file(object(), [*arguments], file), str(file), *arguments, folder=folder)


def test_start_without_a_server_says_what_to_set(tmp_path: Path) -> None:
    done = agent_command("start", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("offhook: LIVEKIT_URL is not set; set LIVEKIT_URL, ")


def test_dev_with_half_a_configuration_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / ".env.local").write_text("LIVEKIT_URL=ws://127.0.0.1:1\nLIVEKIT_API_KEY=key\n")
    done = run(agent_file(tmp_path), "dev", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("offhook: LIVEKIT_URL is set without LIVEKIT_API_SECRET; set all three, ")


def test_an_agent_file_without_a_command_explains_itself(tmp_path: Path) -> None:
    done = agent_command(folder=tmp_path)
    assert done.returncode == 2
    assert all(word in done.stderr for word in ("dev", "start", "console", "connect", "download-files"))


def test_an_agent_file_names_a_command_that_it_does_not_know(tmp_path: Path) -> None:
    done = agent_command("devv", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("'devv' is not a command\n")


def test_an_agent_file_asked_for_help_gives_it(tmp_path: Path) -> None:
    done = agent_command("--help", folder=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("usage: python ")


def test_console_refuses_what_is_not_a_server(tmp_path: Path) -> None:
    done = agent_command("console", folder=tmp_path)
    assert done.returncode == 2
    assert "run() got object; pass the server of " in done.stderr
