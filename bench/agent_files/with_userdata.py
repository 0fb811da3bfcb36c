"""An `AgentSession` with a type parameter: the class of its user data."""

from dataclasses import dataclass, field

from livekit.agents import Agent, AgentServer, AgentSession, JobContext, RunContext, function_tool


@dataclass
class Order:
    dishes: list[str] = field(default_factory=list)


server = AgentServer()


@function_tool
async def add_dish(context: RunContext[Order], dish: str) -> str:
    """Add a dish to the order."""
    context.userdata.dishes.append(dish)
    return f"{len(context.userdata.dishes)} dishes"


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    session = AgentSession[Order](
        userdata=Order(), stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3"
    )
    await session.start(agent=Agent(instructions="You take orders.", tools=[add_dish]), room=ctx.room)
    await session.say("What would you like to eat?")
