"""`offhook sandbox` prints one line per request, and each error in one line."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from offhook.cli.sandbox import line_of
from offhook.settings import Settings, variable_names
from offhook.testing import sandbox as kit
from offhook.testing.sandbox import Request, Sandbox


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        (
            Request("deepgram", "/v1/listen", "connect", {}, {"model": "nova-3"}),
            "deepgram  connect  /v1/listen  nova-3",
        ),
        (Request("deepgram", "/v1/listen", "message", {"type": "KeepAlive"}), ""),
        (
            Request("openai", "/v1/chat/completions", "post", {"messages": [{"role": "user", "content": "hello"}]}),
            "openai    post     /v1/chat/completions  user: hello",
        ),
        (
            Request("openai", "/v1/responses", "message", {"input": [{"type": "function_call_output", "output": "4"}]}),
            "openai    message  /v1/responses  4",
        ),
        (
            Request("openai", "/v1/realtime", "message", {"type": "session.update"}),
            "openai    message  /v1/realtime  session.update",
        ),
        (
            Request("cartesia", "/tts/websocket", "message", {"transcript": "a" * 80}),
            f"cartesia  message  /tts/websocket  {'a' * 59}…",
        ),
        (Request("cartesia", "/tts/websocket", "message", {"transcript": " "}), ""),
        (Request("cartesia", "/voices", "get"), "cartesia  get      /voices"),
        (
            Request("openai", "/v1/chat/completions", "post", {"messages": []}),
            "openai    post     /v1/chat/completions",
        ),
    ],
    ids=str,
)
def test_a_request_is_one_line(request_: Request, line: str) -> None:
    assert line_of(request_) == line


@pytest.mark.parametrize("preset", ["cloud", "local"])
async def test_the_variables_are_settings_and_lead_to_the_sandbox(preset: Any) -> None:
    async with Sandbox() as sandbox:
        environ: dict[str, Any] = dict(sandbox.environ(preset))
        environ.pop("LIVEKIT_INFERENCE_URL", None)  # LiveKit's own variable
        settings = Settings(**environ)
        known = set(variable_names())
        assert settings.preset == preset
        assert set(environ) <= known
        assert all(value.startswith(sandbox.url) for name, value in environ.items() if name.endswith("_URL"))


def refused(*options: str, folder: Path) -> str:
    command = [sys.executable, "-m", "offhook", "sandbox", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, timeout=60)
    assert done.returncode == 2
    return done.stderr


@pytest.mark.slow
def test_an_unknown_preset_is_refused_in_one_line(tmp_path: Path) -> None:
    assert refused("--preset", "clowd", folder=tmp_path) == "offhook: --preset clowd is not one of cloud, local\n"


def test_every_public_name_is_there() -> None:
    assert [name for name in kit.__all__ if not getattr(kit, name).__doc__ and name != "LlmModel"] == []
    with pytest.raises(AttributeError, match="Sandpit"):
        kit.Sandpit  # noqa: B018  # the look-up is the test
