"""A drill of files without offhook: their own models are led to the sandbox."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from livekit.agents import APIConnectOptions, stt, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS
from typer.testing import CliRunner

from offhook.cli.drill import _used
from offhook.cli.main import _app
from offhook.core.errors import OffhookError
from offhook.testing.drill import FirstCall, judge, rehearse
from offhook.testing.faults import cartesia, deepgram, named

pytestmark = pytest.mark.slow

FILES = Path(__file__).parents[3] / "bench" / "agent_files"
FILE = """from livekit.agents import Agent, AgentServer, AgentSession, JobContext, inference, llm, stt, tts
from livekit.plugins import cartesia, deepgram, openai

server = AgentServer()


@server.rtc_session()
async def answer(ctx: JobContext) -> None:
    session = AgentSession({session})
    await session.start(Agent(instructions="You are a desk."{agent}), room=ctx.room)
"""
PLUGINS = "stt=deepgram.STT(), llm=openai.LLM(), tts=cartesia.TTS()"
INFERENCE = 'stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3"'


def written(folder: Path, session: str, agent: str = "") -> Path:
    file = folder / "agent.py"
    file.write_text(FILE.format(session=session, agent=f", {agent}" if agent else ""))
    return file


@pytest.mark.parametrize(
    ("session", "agent", "services"),
    [
        (PLUGINS, "", {"deepgram", "openai", "cartesia"}),
        ("", PLUGINS, {"deepgram", "openai", "cartesia"}),
        (INFERENCE, "", {"deepgram", "openai", "cartesia"}),
        ("stt=openai.STT(), llm=openai.responses.LLM(), tts=openai.TTS()", "", {"responses"}),
        ("llm=openai.realtime.RealtimeModel()", "", {"realtime"}),
        (
            'stt="deepgram/nova-3", tts=cartesia.TTS(base_url="https://proxy.invalid")',
            "llm=openai.LLM.with_cerebras()",
            {"deepgram", "openai", "cartesia"},
        ),
        (
            "stt=stt.FallbackAdapter([deepgram.STT(), inference.STT()]), tts=tts.FallbackAdapter([cartesia.TTS()])",
            "llm=llm.FallbackAdapter(llm=[openai.LLM()])",
            {"deepgram", "openai", "cartesia"},
        ),
    ],
)
def test_the_models_of_a_file_are_led_to_the_sandbox(
    tmp_path: Path, session: str, agent: str, services: set[str]
) -> None:
    call = rehearse(written(tmp_path, session, agent), None)
    verdict = judge(call)
    assert (verdict.answered, verdict.ended, call.errors) == (3, "caller", ())
    assert (call.services, call.supervised, list(call.replaced)) == (services, False, [])


@pytest.mark.parametrize(
    "fault",
    [
        deepgram.deaf(),
        deepgram.drops(),
        deepgram.late(),
        deepgram.malformed(),
        deepgram.empty(),
        deepgram.error_frame(),
        cartesia.stall_after(),
        cartesia.error_as_done(),
        cartesia.done_without_audio(),
    ],
    ids=lambda fault: fault.name,
)
def test_faults_of_stt_and_tts_act_on_livekit_inference(tmp_path: Path, fault: Any) -> None:
    assert rehearse(written(tmp_path, INFERENCE), fault).struck


def test_a_hanging_tts_of_livekit_inference_is_silent(tmp_path: Path) -> None:
    verdict = judge(rehearse(written(tmp_path, INFERENCE), named("cartesia.hangs")))
    assert (verdict.answered, verdict.silence > 10) == (2, True)


class OtherStt(stt.STT[Any]):
    def __init__(self) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=True))

    async def _recognize_impl(self, *args: object, **options: object) -> stt.SpeechEvent:
        raise NotImplementedError


class OtherTts(tts.TTS[Any]):
    def __init__(self) -> None:
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False), sample_rate=24_000, num_channels=1)

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        raise NotImplementedError


@pytest.fixture
def acme(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin of a provider that the sandbox does not emulate."""
    module: Any = ModuleType("livekit.plugins.acme")
    module.STT = type("STT", (OtherStt,), {"__module__": "livekit.plugins.acme.stt"})
    module.TTS = type("TTS", (OtherTts,), {"__module__": "livekit.plugins.acme.tts"})
    monkeypatch.setitem(sys.modules, "livekit.plugins.acme", module)


@pytest.mark.usefixtures("acme")
def test_a_plugin_of_another_provider_is_replaced_and_told(tmp_path: Path) -> None:
    file = written(tmp_path, "stt=acme.STT(), llm=openai.LLM(), tts=acme.TTS()")
    file.write_text(f"from livekit.plugins import acme\n{file.read_text()}")
    call = rehearse(file, None)
    assert judge(call).answered == 3
    because = "because the sandbox does not emulate"
    assert call.replaced == [
        f"acme.STT is replaced by deepgram.STT, {because} acme.STT",
        f"acme.TTS is replaced by cartesia.TTS, {because} acme.TTS",
    ]


def test_the_command_says_that_it_drove_livekit_alone_and_what_it_left_out(tmp_path: Path) -> None:
    file = written(tmp_path, PLUGINS)
    faults = [f"--fault={name}" for name in ("openai.hangs", "openai.loops", "realtime.hangs")]
    answer = CliRunner().invoke(_app(), ["drill", str(file), *faults])
    lines = answer.stdout.splitlines()
    assert lines[0] == "not played, because the agent does not use these APIs or has no tool: openai, realtime (2)"
    assert lines[1].split() == ["LiveKit", "alone"]
    assert lines[3].split() == ["openai.hangs", "20.1", "s", "2", "of", "3", "caller"]
    assert lines[-1] == f"offhook does not supervise the calls of {file}; add it with: offhook adopt {file}"
    assert answer.exit_code == 1


def test_faults_without_effect_are_refused() -> None:
    first = FirstCall("", services=frozenset({"deepgram", "openai", "cartesia"}))
    with pytest.raises(OffhookError) as refused:
        _used([named("responses.hangs")], first, quiet=True)
    assert str(refused.value) == (
        "the agent uses cartesia, deepgram, openai, so responses.hangs has no effect; leave it out"
    )


def test_a_button_needs_two_methods() -> None:
    answer = CliRunner().invoke(_app(), ["drill", str(FILES / "push_to_talk.py"), "--button", "start_turn"])
    assert "--button start_turn needs two names of RPC methods" in str(answer.exception)
