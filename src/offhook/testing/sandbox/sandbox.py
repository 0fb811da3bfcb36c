"""Serves the emulated providers on one local address, in the running event loop."""

from collections.abc import Callable
from types import TracebackType
from typing import Literal, Self

from aiohttp import web

from offhook.testing.sandbox.cartesia import Cartesia
from offhook.testing.sandbox.deepgram import Deepgram
from offhook.testing.sandbox.hook import Name, Request, SandboxError
from offhook.testing.sandbox.inference import Inference
from offhook.testing.sandbox.llm import LlmModel, Rules
from offhook.testing.sandbox.openai import OpenAI
from offhook.testing.sandbox.provider import Provider
from offhook.testing.sandbox.realtime import Models
from offhook.testing.sandbox.stt import Oracle, SttModel
from offhook.testing.sandbox.tts import Tone, TtsModel

__all__ = ["KEY", "Sandbox"]

KEY = "sandbox"
LONGEST_UPLOAD = 64 * 2**20


class Sandbox:
    """Emulates Deepgram, OpenAI, Cartesia and LiveKit Inference. Nothing leaves this machine, and no real API key is
    needed.

    `stt` is the STT model, by default an `Oracle` without lines, whose transcripts are empty. `llm` is the LLM, by
    default the rules of the offline LLM. `tts` is the TTS model, by default a `Tone`. Every request is recorded in
    `requests`.
    """

    def __init__(
        self,
        *,
        stt: SttModel | None = None,
        llm: LlmModel | None = None,
        tts: TtsModel | None = None,
        port: int = 0,
        on_request: Callable[[Request], None] | None = None,
    ) -> None:
        models = Models(stt or Oracle(), llm or _rules(), tts or Tone())
        self.requests: list[Request] = []
        self.deepgram = Deepgram(self._record, models.stt)
        self.openai = OpenAI(self._record, models)
        self.cartesia = Cartesia(self._record, models.tts)
        self.inference = Inference(self._record, models)
        self._port, self._on_request = port, on_request
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The base address of all providers."""
        if self._runner is None:
            raise SandboxError("the sandbox does not run; start it with `async with Sandbox() as sandbox`")
        return f"http://127.0.0.1:{self._port}"

    def asked(self, provider: Name, path: str = "") -> list[Request]:
        """Return the requests to one provider, or to one path of a provider, in order."""
        return [one for one in self.requests if one.provider == provider and (not path or one.path == path)]

    def environ(self, preset: Literal["cloud", "local"] = "cloud") -> dict[str, str]:
        """Return the environment variables that point a worker to this sandbox."""
        if preset == "local":
            return {
                "OFFHOOK_PRESET": "local",
                "OFFHOOK_LOCAL_URL": f"{self.url}/v1",
                "OFFHOOK_LOCAL_KEY": KEY,
                "OFFHOOK_LLM": "local/sandbox",
            }
        return {
            "OFFHOOK_PRESET": "cloud",
            "DEEPGRAM_API_KEY": KEY,
            "DEEPGRAM_BASE_URL": self.url,
            "OPENAI_API_KEY": KEY,
            "OPENAI_BASE_URL": f"{self.url}/v1",
            "CARTESIA_API_KEY": KEY,
            "CARTESIA_BASE_URL": self.url,
            "LIVEKIT_INFERENCE_URL": f"{self.url}/v1",
        }

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=LONGEST_UPLOAD)
        providers: tuple[Provider, ...] = (self.deepgram, self.openai, self.cartesia, self.inference)
        for provider in providers:
            for route in provider.routes():
                method = "POST" if route.how == "post" else "GET"
                app.router.add_route(method, route.path, provider.handler(route))
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.02)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        except OSError as error:
            await self._runner.cleanup()
            self._runner = None
            raise SandboxError(f"port {self._port} cannot be used ({error.strerror}); choose another port") from None
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _record(self, request: Request) -> None:
        self.requests.append(request)
        if self._on_request is not None:
            self._on_request(request)


def _rules() -> LlmModel:
    from offhook.models.offline.front_desk import front_desk  # noqa: PLC0415  # only for a sandbox without its own LLM

    return Rules(front_desk())
