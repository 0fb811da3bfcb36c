"""Prepares an agent that takes over a call whose job process died: gives the agent the last turns of the conversation,
and an apology in place of the greeting.
"""

from dataclasses import replace

from offhook.core.facts import Planned
from offhook.core.resumed import Resumed
from offhook.session.plan import Plan

__all__ = ["resume"]


async def resume(plan: Plan, resumed: Resumed | None) -> Planned:
    """Give the plan's agent the turns that were spoken before the job process died. Return the parts of the plan that
    the policies need.
    """
    planned = plan.planned
    if resumed is None or not resumed.turns:
        return planned  # a new call, or a call whose process died before anybody spoke
    context = plan.agent.chat_ctx.copy()
    for role, text in resumed.turns:
        context.add_message(role="user" if role == "user" else "assistant", content=text)
    await plan.agent.update_chat_ctx(context)
    return replace(planned, greeting=plan.takeover or planned.greeting)
