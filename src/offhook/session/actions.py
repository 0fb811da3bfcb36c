"""Carries out the decisions about the running call, except the decisions to speak."""

from offhook.core.commands import CommandTarget
from offhook.core.decisions import (
    AbandonAnswer,
    AbandonTurnCode,
    AnswerCarriedWords,
    Instruct,
    RetryAnswer,
    RunCommand,
    RunFunction,
    StartRecording,
    SwitchStt,
    Transfer,
)
from offhook.core.ports import Action
from offhook.engine.user_code import call
from offhook.session.ongoing import OngoingCall
from offhook.session.outbound.retry_answer import abandon_answer, retry_answer, switch_stt

__all__ = ["SessionActions"]


class SessionActions:
    """Carries out the decisions for one ongoing call."""

    def __init__(self, ongoing: OngoingCall, target: CommandTarget) -> None:
        self._ongoing = ongoing
        self._target = target

    async def act(self, decision: Action) -> str:
        """Carry out the decision. Return a note about the result, or an empty string."""
        match decision:
            case RunCommand(command=command, by=by):
                return await command.run(self._target, by)
            case RunFunction(work=work):
                # The silence ladder does not wait for this function. At the end of the call, the function is cancelled.
                await call(work, self._ongoing, name="step", within=None)
            case Instruct(text=text, tag=tag):
                await self._ongoing.instruct(text, append=True, by=tag)
            case StartRecording():
                return await self._ongoing.recording.start()
            case SwitchStt():
                switch_stt(self._ongoing.session)
            case AnswerCarriedWords():
                await self._ongoing.taps.carried.answer()
            case AbandonAnswer() | AbandonTurnCode() | RetryAnswer():
                await self._change_answer(decision)
            case Transfer(to=to, tag=tag):
                return await self._target.transfer(to, by=tag)
        return ""

    async def _change_answer(self, decision: AbandonAnswer | AbandonTurnCode | RetryAnswer) -> None:
        match decision:
            case AbandonAnswer():
                await abandon_answer(self._ongoing.session)
            case AbandonTurnCode():
                self._ongoing.taps.hooks.abandon_turn_code()
            case RetryAnswer(tag=tag):
                # If a second (hedged) LLM request is possible, it replaces the retry: the first request then continues,
                # and a slow answer is not lost.
                if tag != "retry" or not self._ongoing.taps.llm.hedge():
                    await retry_answer(self._ongoing.session, tag)
