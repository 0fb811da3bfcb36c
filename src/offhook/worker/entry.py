"""The entrypoint that LiveKit runs in a job process for each call."""

from dataclasses import dataclass
from typing import Literal

from livekit.agents import JobContext

__all__ = ["Entry", "OnPlanError", "PlanName"]

OnPlanError = Literal["apologise", "reject"]
"""What to do with a call if the plan function fails: answer and apologise, or reject a phone that still rings."""

PlanName = tuple[str, str]
"""The name of a module, and the name of a plan function in it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Runs the plan function `name` of `module`. An `Entry` has the name of the function, not the function itself, so
    each job imports the current version of the agent's file.
    """

    module: str
    name: str
    fallback: PlanName | None = None
    on_plan_error: OnPlanError = "apologise"
    outbound: bool = False

    async def __call__(self, ctx: JobContext) -> None:
        # These imports are local, because the main process makes an `Entry` too but never runs it. The forkserver has
        # imported the modules for all jobs.
        from offhook.worker.answer import Planning  # noqa: PLC0415
        from offhook.worker.run_call import run_call  # noqa: PLC0415

        planning = Planning((self.module, self.name), self.fallback, self.on_plan_error)
        await run_call(ctx, planning, outbound=self.outbound)
