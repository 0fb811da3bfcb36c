"""Runs an agent file up to `session.start` and prints its models: python -m offhook.testing.simulation.inspect_models.

The arguments are the agent file and the dispatch metadata. `offhook check` runs this program in a separate process.
"""

import functools
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn
from unittest import mock

from livekit.agents import Agent, AgentSession, llm
from livekit.agents.utils import is_given

from offhook.checks.file_models import FileModels, MadeModel, written
from offhook.testing.live.callee import Callee
from offhook.testing.live.phone import Phone
from offhook.testing.simulation.agent_file import loaded
from offhook.testing.simulation.model_notes import ModelNotes
from offhook.testing.simulation.patches import environment
from offhook.testing.simulation.run_call import CallOptions, CallRun
from offhook.testing.simulation.simulate import INLINE
from offhook.testing.simulation.stand_in_keys import stand_in_keys
from offhook.testing.simulation.user_errors import first_line, metadata_advice
from offhook.testing.virtual.run import virtual_runner

__all__ = ["main"]

_STAYS = 60.0
"""The caller joins at the beginning and stays for this many virtual seconds; the entrypoint must start its session
within this time."""
_PATIENCE = 5.0
"""Real seconds without progress after which the run is abandoned."""


def main(path: Path, metadata: str) -> NoReturn:
    """Print the models of the first session. If the file starts no session, try again with stand-in API keys."""
    logging.lastResort = None
    notes, errors = ModelNotes(), list[str]()
    _run(path, metadata, notes, errors)
    if errors:
        with stand_in_keys(notes.key_missing):
            _run(path, metadata, notes, errors)
    _answer(FileModels(errors=list(dict.fromkeys(errors)), missing=notes.missing))


def _run(path: Path, metadata: str, notes: ModelNotes, errors: list[str]) -> None:
    """Run the file up to `session.start`, which ends this program. If the session does not start, add the reason to
    `errors`.
    """
    runs: list[CallRun] = []
    options = CallOptions("own", phone=Phone(), callees=(Callee(),), metadata=metadata, stays=_STAYS)
    try:
        with (
            virtual_runner(patience=_PATIENCE, inline=INLINE) as virtual,
            environment(replace_models=False, plugin_keys=False, more={}),
            notes.taken(),
            loaded(path) as server,
            notes.taken_of_plugins(),
            _start_answers(notes, errors),
        ):

            async def call() -> None:
                runs.append(CallRun(server, options))
                await runs[0].run(None)

            virtual.run(call())
    except Exception as error:  # noqa: BLE001  # any error of the file is reported
        errors.append(first_line(error) + metadata_advice(error, metadata))
        return
    errors += [
        first_line(error, what) + metadata_advice(error, metadata) for error, what in runs[0].user_errors.found[:1]
    ]
    if runs[0].error is not None and not errors:
        errors.append(str(runs[0].error).partition("\n")[0])


@contextmanager
def _start_answers(notes: ModelNotes, errors: list[str]) -> Iterator[None]:
    """Inside the block, the first `session.start` prints the models and ends this program."""

    @functools.wraps(AgentSession.start)
    async def start(session: AgentSession[Any], *args: Any, **options: Any) -> NoReturn:
        agent = options.get("agent", args[0] if args else None)
        _answer(FileModels(_models(session, agent, notes), errors, notes.missing, started=True))

    with mock.patch.object(AgentSession, "start", start), mock.patch.object(llm.LLM, "prewarm"):
        yield


def _models(session: AgentSession[Any], agent: object, notes: ModelNotes) -> list[MadeModel]:
    """Describe the models of the first agent. If the agent has no model for a stage, use the session's model."""
    used = {stage: getattr(session, stage) for stage in ("vad", "turn_detection", "stt", "llm", "tts")}
    for stage in used if isinstance(agent, Agent) else ():
        own = getattr(agent, stage)
        if is_given(own):
            used[stage] = own
    if isinstance(used["llm"], llm.RealtimeModel):
        del used["turn_detection"]  # a Realtime model usually detects turns itself
    return [one for stage, model in used.items() for one in notes.described(stage, model)]


def _answer(models: FileModels) -> NoReturn:
    """Print the models and end the program at once, even if threads or connections of the agent file still run."""
    sys.stdout.write(written(models))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
