"""Simulates a whole call of an agent file without a server, keys or waiting."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from livekit.agents import AgentServer, llm

from offhook.core.errors import OffhookError
from offhook.testing.live.callee import Callee, TransferReply
from offhook.testing.live.phone import Phone
from offhook.testing.live.waiting import WaitTimeoutError
from offhook.testing.sandbox.sandbox import Sandbox
from offhook.testing.simulation.agent_file import loaded
from offhook.testing.simulation.model_leading import ModelLeading, lead_models
from offhook.testing.simulation.model_replacement import Models
from offhook.testing.simulation.patches import environment
from offhook.testing.simulation.result import SimulatedCall
from offhook.testing.simulation.run_call import CallOptions, CallRun, Script
from offhook.testing.simulation.script_view import CallOverError
from offhook.testing.simulation.scripted_llm import Replies, rules_of
from offhook.testing.simulation.user_errors import AgentCodeError
from offhook.testing.virtual.run import VirtualRunner, virtual_runner
from offhook.testing.virtual.watchdog import LONGEST, PATIENCE, StuckError

__all__ = ["INLINE", "simulate"]

INLINE = (
    "livekit.agents.inference",
    "livekit.agents.job",
    "livekit.local_inference",
    "livekit.plugins.silero",
    "offhook.models.offline",
)
"""Modules whose executor jobs run at once, without a thread, because these jobs only compute or clean up."""
_LINES = 40
"""The maximum number of lines in the error text of a stuck call."""
MODELS = ("fakes", "offline", "own")


def simulate(  # noqa: PLR0913  # the one entry point; all options but two are keyword-only, and all have defaults
    agent: str | Path | AgentServer,
    script: Script | None = None,
    *,
    models: Models | None = None,
    stt: str | None = None,
    replies: Replies | None = None,
    model: llm.LLM[Any] | None = None,
    phone: Phone | None = None,
    caller: str = "caller",
    name: str = "",
    metadata: str = "",
    stays: float = 120.0,
    thinks: float = 0.3,
    failing: int = 0,
    callees: Sequence[Callee] = (),
    transfer: TransferReply | None = None,
    sandbox: Sandbox | None = None,
    environ: Mapping[str, str] | None = None,
    starts_at: float | None = None,
    patience: float = PATIENCE,
    longest: float = LONGEST,
) -> SimulatedCall:
    """Simulate one call of this agent in virtual time; returns after the end of the call.

    Args:
        agent: the agent file, with `server = serve(plan)` or any livekit `AgentServer`; or the `AgentServer` itself.
        script: an async function that receives the caller and acts as the caller; None: a silent caller.
        models: "fakes" (the default without a sandbox) get the caller's words without recognition and need almost no
            CPU time; "offline" models recognise and speak on this machine; "own" are the models that the agent file
            sets up.
        stt: with "offline" models, "told" gives the caller's words to the agent without recognition.
        replies: maps a part of the caller's words to the model's answer; replies come before the agent's own rules.
        model: an LLM that answers in place of `replies` and the agent's own rules.
        phone: the caller's phone, with its `sip.*` attributes; None: the caller does not call from a phone.
        caller: the caller's identity.
        name: the caller's name.
        metadata: the dispatch metadata.
        stays: seconds that the caller stays in the call, silent, after the script.
        thinks: seconds until the model answers.
        failing: how many requests to the server's API fail before the first success.
        callees: the reactions of the phones that the agent dials, in order; all further phones react like the last one.
            Without `phone`, the agent calls the scripted caller, and the script begins when a phone has answered. With
            `phone=…`, the scripted caller calls the agent, and the callees are colleagues, who say nothing. The id of
            the simulated server's outbound trunk is `ST_simulated`.
        transfer: the result of a transfer (SIP REFER); by default, a transfer succeeds at once.
        sandbox: emulated providers for the agent's own models, started for this call; environment variables point the
            models to these providers.
        environ: more environment variables for the agent file.
        starts_at: the Unix time at which the call begins; now if not given.
        patience: real seconds that the call may run without progress; then a `StuckError` shows the call so far.
        longest: virtual seconds that the call may last; then a `StuckError` shows the call so far.

    """
    chosen = models or ("own" if sandbox is not None else "fakes")
    if chosen not in MODELS:
        raise OffhookError(f"models={models!r} is unknown; use {', '.join(MODELS)}")
    if stt not in (None, "told", "real"):
        raise OffhookError(f"stt={stt!r} is unknown; use 'told' or 'real'")
    if sandbox is not None and chosen != "own":
        raise OffhookError(f"a sandbox is for the agent's own models; leave out models={models!r}, or the sandbox")
    rules_of(replies or {})  # for invalid replies, this raises before the call starts
    told = chosen == "fakes" or stt == "told"
    options = CallOptions(
        chosen, told, replies or {}, phone, caller, name, metadata, stays, thinks, failing, model, callees, transfer
    )
    runs: list[CallRun] = []
    try:
        with (
            virtual_runner(starts_at=starts_at, patience=patience, longest=longest, inline=INLINE) as virtual,
            _started(sandbox, virtual) as (addresses, replaced),
            environment(
                replace_models=chosen != "own",
                plugin_keys=chosen != "own" or sandbox is not None,
                more={**addresses, **(environ or {})},
            ),
            loaded(agent) as server,
        ):
            return replace(virtual.run(_run(server, options, script, runs)), replaced=replaced)
    except StuckError as stuck:
        for run in runs:
            raise StuckError(_with_call(stuck, run)) from None
        raise


def _with_call(stuck: StuckError, run: CallRun) -> str:
    """Return the error's text and the last lines of the call's timeline, in at most `_LINES` lines."""
    text = [*str(stuck).splitlines(), *getattr(stuck, "__notes__", ()), "the call so far:"]
    call = run.picture().rstrip().splitlines()
    space = _LINES - len(text)
    left = len(call) - space + 1 if len(call) > space else 0
    return "\n".join([*text, *([f"  ({left} earlier lines)"] if left else []), *call[left:]])


@contextmanager
def _started(sandbox: Sandbox | None, virtual: VirtualRunner) -> Iterator[tuple[Mapping[str, str], Sequence[str]]]:
    """Start the sandbox and connect the models to it. Yield the sandbox's environment variables, and a message for
    each replaced model class.

    An agent file may make models at import, so the sandbox must run before the file is loaded.
    """
    if sandbox is None:
        yield {}, ()
        return
    virtual.run(sandbox.__aenter__())
    leading = ModelLeading(sandbox.url)
    try:
        with lead_models(leading):
            # VAD detects the turns, because a turn-detection model takes long to load
            yield {**sandbox.environ(), "OFFHOOK_TURN_DETECTION": "vad"}, leading.replaced
    finally:
        virtual.run(sandbox.__aexit__(None, None, None))


async def _run(server: AgentServer, options: CallOptions, script: Script | None, runs: list[CallRun]) -> SimulatedCall:
    run = CallRun(server, options)
    runs.append(run)
    call = await run.run(script)
    if run.error is None:
        return call
    found = run.user_errors.found
    # An error of the agent's code causes the script's error: the event that the script waits for does not happen.
    if found and isinstance(run.error, OffhookError):
        text = "\n".join([*run.user_errors.lines, str(run.error)])
        raise AgentCodeError(text) from found[0][0]
    if not isinstance(run.error, WaitTimeoutError | CallOverError):  # these errors already show the call
        run.error.add_note(f"the call:\n{run.picture()}")
    raise run.error
