"""The command `offhook token`."""

import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from tests.unit.command_line import Done, offhook

SECRET = "canary-secret-of-at-least-thirty-two-signs"
KEYS = {"LIVEKIT_API_KEY": "key", "LIVEKIT_API_SECRET": SECRET, "LIVEKIT_URL": "ws://127.0.0.1:7880"}


def token(*arguments: str, folder: Path, text: str = "", **environ: str) -> Done:
    done = offhook("token", *arguments, folder=folder, text=text, **environ)
    assert SECRET not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def claims(text: str) -> dict[str, Any]:
    read: dict[str, Any] = jwt.decode(text, SECRET, algorithms=["HS256"])
    return read


def test_a_token_is_all_that_is_printed(tmp_path: Path) -> None:
    done = token("front", "--identity", "ada", "--ttl", "1h", folder=tmp_path, **KEYS)
    assert (done.returncode, done.stderr, len(done.stdout.splitlines())) == (0, "", 1)
    found = claims(done.stdout.strip())
    assert (found["sub"], found["video"]["room"], found["exp"] - found["nbf"]) == ("ada", "front", 3600)


def test_json_says_where_and_how_long(tmp_path: Path) -> None:
    sent = ("--agent", "desk", "--metadata", '{"guest": "Ada"}', "--role", "listener", "--json")
    told = json.loads(token("front", *sent, folder=tmp_path, **KEYS).stdout)
    found = claims(told["token"])
    assert (told["url"], told["room"], told["agent"]) == (KEYS["LIVEKIT_URL"], "front", "desk")
    assert (found["sub"], found["video"]["canPublish"]) == (told["identity"], False)
    assert abs(told["expires_at"] - found["exp"]) <= 1
    assert found["roomConfig"] == {"agents": [{"agentName": "desk", "metadata": '{"guest": "Ada"}'}]}


def test_a_token_is_read_back_in_words(tmp_path: Path) -> None:
    made = token("front", "--identity", "ada", folder=tmp_path, **KEYS).stdout
    done = token("--decode", "-", folder=tmp_path, text=made, **KEYS)
    assert done.returncode == 0
    assert done.stdout.splitlines()[:2] == ["for        joining room front", "identity   ada"]
    assert done.stdout.splitlines()[-1] == "signature  matches LIVEKIT_API_SECRET"


def test_a_token_of_another_secret_is_read_but_not_approved(tmp_path: Path) -> None:
    made = token("front", folder=tmp_path, **KEYS).stdout.strip()
    done = token("--decode", made, "--json", folder=tmp_path, **{**KEYS, "LIVEKIT_API_SECRET": "x" * 40})
    told = json.loads(done.stdout)
    assert (done.returncode, told["signature"], told["usable"]) == (1, "differs", False)
    assert told["claims"]["video"]["room"] == "front"


def test_the_server_that_dev_runs_here_is_used_when_nothing_is_set(tmp_path: Path) -> None:
    (tmp_path / ".offhook").mkdir()
    lines = "".join(f"{name}={value}\n" for name, value in KEYS.items())
    (tmp_path / ".offhook" / "livekit.env").write_text(lines)
    told = json.loads(token("front", "--json", folder=tmp_path).stdout)
    assert (claims(told["token"])["iss"], told["url"]) == ("key", KEYS["LIVEKIT_URL"])


BAD = [
    (["front"], {}, "LIVEKIT_API_KEY is not set"),
    ([], KEYS, "give the ROOM"),
    (["front", "--decode", "x"], KEYS, "give only one of the two"),
    (["--decode", "x"], KEYS, "this is not a token"),
    (["front", "--ttl", "soon"], KEYS, "--ttl 'soon' is not a duration; write for example 90s"),
    (["front", "--ttl", "9d"], KEYS, "at most 86400 s"),
    (["front", "--metadata", "{}"], KEYS, "name the agent with --agent NAME"),
    (["front", "--agent", "a", "--metadata", "guest"], KEYS, "--metadata is not a JSON object"),
    (["front", "--agent", "a", "--metadata", "@none.json"], KEYS, "cannot read the metadata from 'none.json'"),
    (["front", "--role", "boss"], KEYS, "boss"),
]


@pytest.mark.parametrize(("arguments", "environ", "says"), BAD)
def test_what_cannot_be_is_refused_with_what_to_do(
    tmp_path: Path, arguments: list[str], environ: dict[str, str], says: str
) -> None:
    done = token(*arguments, folder=tmp_path, **environ)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in " ".join(done.stderr.split())
