"""Leaves a message on a voicemail and ends the call, or tells a screening machine who is calling."""

from collections.abc import Sequence
from typing import ClassVar

from offhook.core.decisions import Decision, EndCall, Note, Say
from offhook.core.facts import AnsweredBy, Fact, LinePlayed

__all__ = ["SCREENING", "TAG", "VoicemailPolicy"]

TAG = "voicemail"
SCREENING = "screening"


class VoicemailPolicy:
    """Acts when a machine has answered. If a person speaks while the message is played, the agent talks with this
    person.
    """

    name: ClassVar[str] = "voicemail"

    deadline: float | None = None

    def handle(self, fact: Fact, now: float) -> Sequence[Decision]:  # noqa: ARG002  # the signature of every policy
        match fact:
            case AnsweredBy(who="voicemail", message=text, file=file) if text:
                return [Say(text, tag=TAG, file=file, why="a voicemail answered and its greeting is over")]
            case AnsweredBy(who="voicemail" | "mailbox_full"):
                return [self._end("a voicemail answered, and there is no message to leave")]
            case AnsweredBy(who="screening", message=text) if text:
                return [Say(text, tag=SCREENING, why="a machine asks who is calling")]
            case LinePlayed(tag="voicemail", interrupted=True):
                return [Note(why="somebody spoke during the message; the agent talks with this person")]
            case LinePlayed(tag="voicemail", error=error):
                return [self._end(f"the message could not be played: {error}" if error else "the message was left")]
        return ()

    def _end(self, why: str) -> Decision:
        return EndCall("voicemail", goodbye="", by=self.name, why=why)
