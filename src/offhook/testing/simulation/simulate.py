"""Simulates a whole call of an agent file: no server, no keys, no waiting."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from livekit.agents import AgentServer

from offhook.core.errors import OffhookError
from offhook.testing.phone import Phone
from offhook.testing.sandbox.sandbox import Sandbox
from offhook.testing.simulation.agent_file import loaded
from offhook.testing.simulation.brain import Replies, rules_of
from offhook.testing.simulation.cast import Models
from offhook.testing.simulation.edges import environment
from offhook.testing.simulation.play import Play, Script, Wanted
from offhook.testing.simulation.result import SimulatedCall
from offhook.testing.simulation.told import CallOverError
from offhook.testing.virtual.guard import LONGEST, PATIENCE, StuckError
from offhook.testing.virtual.run import Stage, stage
from offhook.testing.waiting import WaitedInVainError

__all__ = ["simulate"]

_INLINE = (
    "livekit.agents.inference",
    "livekit.agents.job",
    "livekit.local_inference",
    "livekit.plugins.silero",
    "offhook.models.offline",
)
"""Whose jobs are pure computing, or the sweeping up after a job."""
MODELS = ("fakes", "offline", "own")


def simulate(  # noqa: PLR0913  # one way to say how a call shall be; all but two are named, and all are optional
    agent: str | Path | AgentServer,
    script: Script | None = None,
    *,
    models: Models | None = None,
    ears: str | None = None,
    replies: Replies | None = None,
    phone: Phone | None = None,
    caller: str = "caller",
    name: str = "",
    metadata: str = "",
    stays: float = 120.0,
    thinks: float = 0.3,
    failing: int = 0,
    sandbox: Sandbox | None = None,
    environ: Mapping[str, str] | None = None,
    starts_at: float | None = None,
    patience: float = PATIENCE,
    longest: float = LONGEST,
) -> SimulatedCall:
    """Play one call of this agent in virtual time, and return it when it is over.

    Args:
        agent: the agent file, with `server = serve(plan)` or any livekit `AgentServer`; or the server itself.
        script: an async function that is given the caller and does what a caller does; None: a silent caller.
        models: "fakes", which it is without a sandbox, are told what is said, and cost nothing; "offline" listen and
            speak on this machine; "own" are those that the agent file sets up.
        ears: with "offline" models, "told" gives the agent the caller's words instead of having them recognised.
        replies: what the caller's words contain, to what the model answers, before its own rules.
        phone: the caller is on a phone, with these `sip.*` attributes.
        caller: the caller's identity.
        name: the caller's name.
        metadata: the dispatch metadata.
        stays: seconds that the caller stays on the line, silent, after the script.
        thinks: seconds until the model answers.
        failing: so many requests to the server's API fail before one works.
        sandbox: providers for the agent's own models; it is started for this call, and the environment leads there.
        environ: more environment variables for the agent file.
        starts_at: the Unix time at which the call begins; now if not given.
        patience: real seconds for which the call may stand still, working; then a `StuckError` shows it so far.
        longest: virtual seconds after which a call that does not end is given up in the same way.

    """
    chosen = models or ("own" if sandbox is not None else "fakes")
    if chosen not in MODELS:
        raise OffhookError(f"models={models!r} is unknown; use {', '.join(MODELS)}")
    if ears not in (None, "told", "real"):
        raise OffhookError(f"ears={ears!r} is unknown; use 'told' or 'real'")
    if sandbox is not None and chosen != "own":
        raise OffhookError(f"a sandbox is for the agent's own models; leave out models={models!r}, or the sandbox")
    rules_of(replies or {})  # what is wrong with them is told before the call
    told = chosen == "fakes" or ears == "told"
    wanted = Wanted(chosen, told, replies or {}, phone, caller, name, metadata, stays, thinks, failing)
    plays: list[Play] = []
    try:
        with (
            stage(starts_at=starts_at, patience=patience, longest=longest, inline=_INLINE) as virtual,
            _running(sandbox, virtual) as addresses,
            environment(replace_models=chosen != "own", more={**addresses, **(environ or {})}),
            loaded(agent) as server,
        ):
            return virtual.run(_played(server, wanted, script, plays))
    except StuckError as stuck:
        for play in plays:
            raise StuckError(f"{stuck}\nthe call so far:\n{play.picture()}") from stuck
        raise


@contextmanager
def _running(sandbox: Sandbox | None, virtual: Stage) -> Iterator[Mapping[str, str]]:
    """The variables that lead to the sandbox, which runs: an agent file may make its models when it is loaded."""
    if sandbox is None:
        yield {}
        return
    virtual.run(sandbox.__aenter__())
    try:
        yield {**sandbox.environ(), "OFFHOOK_TURN_DETECTION": "vad"}  # the models for it take long to load
    finally:
        virtual.run(sandbox.__aexit__(None, None, None))


async def _played(server: AgentServer, wanted: Wanted, script: Script | None, plays: list[Play]) -> SimulatedCall:
    play = Play(server, wanted)
    plays.append(play)
    call = await play.play(script)
    if play.error is not None:
        if not isinstance(play.error, WaitedInVainError | CallOverError):  # they show it themselves
            play.error.add_note(f"the call:\n{play.picture()}")
        raise play.error
    return call
