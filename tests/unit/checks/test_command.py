"""The command `offhook check`: exit codes, JSON, plain lines, and no secret in the output."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.command_line import offhook

pytestmark = pytest.mark.slow

CANARIES = {
    "LIVEKIT_API_KEY": "canary-livekit-key",
    "LIVEKIT_API_SECRET": "canary-livekit-secret-of-some-length",
    "DEEPGRAM_API_KEY": "canary-deepgram",
    "OPENAI_API_KEY": "canary-openai",
    "CARTESIA_API_KEY": "canary-cartesia",
    "MY_DATABASE_PASSWORD": "canary-password",
}
RAISES = "import os\nraise RuntimeError(' '.join(os.environ.values()))\n"


def check(*arguments: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    here = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(Path(__file__).parents[3] / "src")}
    command = [sys.executable, "-m", "offhook", "check", *arguments]
    return subprocess.run(
        command, cwd=folder, env={**here, **environ}, capture_output=True, text=True, check=False, timeout=60
    )


def test_an_empty_folder_is_ready_for_calls_without_a_key(tmp_path: Path) -> None:
    (tmp_path / f"livekit-server-{_version()}").write_text("")
    done = check(folder=tmp_path, OFFHOOK_CACHE=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    assert all(f"  {name} " in done.stdout for name in ("versions", "server", "models", "stt", "journal", "disk"))
    assert [path.name for path in tmp_path.iterdir()] == [f"livekit-server-{_version()}"]


def test_no_secret_is_ever_shown(tmp_path: Path, closed_port: int) -> None:
    (tmp_path / "agent.py").write_text(RAISES)
    nowhere = f"http://canary-user:canary-pass@127.0.0.1:{closed_port}"
    urls = ("DEEPGRAM_BASE_URL", "OPENAI_BASE_URL", "CARTESIA_BASE_URL")
    environ = {**CANARIES, **dict.fromkeys(urls, nowhere), "LIVEKIT_URL": nowhere.replace("http", "ws")}
    for arguments in ([], ["--json"]):
        done = check(*arguments, folder=tmp_path, **environ)
        (tmp_path / "agent.py").unlink(missing_ok=True)  # its import takes 2 s of the processor
        assert done.returncode == 1
        assert "127.0.0.1" in done.stdout
        assert "canary" not in (done.stdout + done.stderr).replace("canary-user", "")
        assert "canary-user:" not in done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr


def test_json_is_one_object_with_all_that_was_found(tmp_path: Path) -> None:
    done = offhook("check", "--json", "--offline", folder=tmp_path, OFFHOOK_PRESET="cloud")
    told = json.loads(done.stdout)
    assert (done.returncode, told["ok"]) == (1, False)
    assert {tuple(one) for one in told["checks"]} == {("name", "state", "detail", "todo", "ms")}
    assert {one["state"] for one in told["checks"]} <= {"ok", "warning", "problem", "skipped"}
    assert next(one for one in told["checks"] if one["name"] == "models")["state"] == "problem"


@pytest.mark.parametrize("as_json", [False, True])
def test_settings_that_cannot_be_read_end_it_with_2(tmp_path: Path, as_json: bool) -> None:
    arguments = ["--json"] if as_json else []
    done = offhook("check", *arguments, folder=tmp_path, OFFHOOK_PRESET="clod", OFFHOOK_CAPACITY="0")
    assert done.returncode == 2
    text = done.stdout if as_json else done.stderr
    assert "did you mean cloud?" in text
    assert "OFFHOOK_CAPACITY" in text
    if as_json:
        assert {one["name"] for one in json.loads(text)["checks"]} == {"settings"}


def test_each_problem_has_a_line_below_it_that_says_what_to_do(tmp_path: Path) -> None:
    done = offhook("check", "nope.py", "--offline", folder=tmp_path)
    lines = done.stdout.splitlines()
    number = next(number for number, line in enumerate(lines) if line.startswith("problem"))
    assert (done.returncode, lines[number + 1].lstrip()[:3]) == (1, "-> ")
    assert lines[-1].startswith("1 problem")


def _version() -> str:
    from offhook.dev.binary import VERSION

    return VERSION
