"""Adds a search result to each of the caller's turns."""

import asyncio

from livekit.agents import Agent, AgentServer, AgentSession, ChatContext, ChatMessage, JobContext

server = AgentServer()


class Librarian(Agent):
    def __init__(self) -> None:
        super().__init__(instructions="You answer from the catalogue.")

    async def on_user_turn_completed(self, turn_ctx: ChatContext, new_message: ChatMessage) -> None:
        await asyncio.sleep(0.2)
        turn_ctx.add_message(role="assistant", content=f"Found: a book about {new_message.text_content}")


@server.rtc_session()
async def entrypoint(ctx: JobContext) -> None:
    session = AgentSession(stt="deepgram/nova-3", llm="openai/gpt-4.1-mini", tts="cartesia/sonic-3")
    await session.start(agent=Librarian(), room=ctx.room)
    await session.say("Catalogue, hello.")
