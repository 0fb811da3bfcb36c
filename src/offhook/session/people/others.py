"""Adds people other than the caller to a call. The model gets their words with a label that names the speaker. The
agent answers these people if the plan says so.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from livekit import rtc
from livekit.agents import AgentSession, stt

from offhook.core.facts import (
    ActionFailed,
    EndCancelled,
    Ended,
    EndRequested,
    Fact,
    PauseChanged,
    QuietChanged,
    SessionClosed,
    SessionStarted,
)
from offhook.core.people import Participants, People, label_of
from offhook.session.background import run_in_background
from offhook.session.context.editor import ContextEditor
from offhook.session.people.transcriber import RoomTranscriber, recogniser_of, text_of
from offhook.session.people.utterance import Utterance

__all__ = ["NOTE", "OtherPeople"]

log = logging.getLogger("offhook")

NOTE = (
    "More than one person is in this call. A message that begins with a name in square brackets is from the person of "
    "that name. Every other message is from the caller."
)
_NO_STT = "the session has no STT, so only the caller is heard"


class OtherPeople:
    """The people in one call, except the caller. `OngoingCall` passes each fact of the call to `notice`."""

    def __init__(
        self,
        session: AgentSession[Any],
        post: Callable[[Fact], None],
        context: ContextEditor,
        *,
        room: Callable[[], rtc.Room | None],
        caller: Callable[[], str],
    ) -> None:
        self._session, self._post, self._context = session, post, context
        self._room, self._caller = room, caller
        self._people: People | None = None
        self._transcriber: RoomTranscriber | None = None
        self._utterances: dict[str, Utterance] = {}
        self._labels: dict[str, str] = {}
        self._started = self._quiet = self._ending = self._noted = False
        self._order = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    def hear(self, people: People | None) -> None:
        """Hear these people from now on. If `people` is None, hear only the caller."""
        self._people = people
        if self._started:
            self._stop()
            self._begin()

    def notice(self, fact: Fact) -> None:
        """Track whether the session runs, the agent is quiet, or the call is ending."""
        match fact:
            case SessionStarted():
                self._started = True
                self._begin()
            case QuietChanged(mode=mode):
                self._quiet = bool(mode)
            case EndRequested():
                self._ending = True
            case EndCancelled():
                self._ending = False
            case SessionClosed() | Ended():
                self._started = False
                self._stop()

    def _begin(self) -> None:
        room = self._room()
        if self._people is None or room is None:
            return
        recogniser = recogniser_of(self._session)
        if recogniser is None:
            log.warning("only the caller is heard, because the session has no STT")
            self._post(ActionFailed("hear other people", _NO_STT))
            return
        self._transcriber = RoomTranscriber(
            room, recogniser, selected=self._selected, heard=self._on_event, failed=self._on_failed
        )
        self._transcriber.begin()

    def _stop(self) -> None:
        transcriber, self._transcriber = self._transcriber, None
        for identity, utterance in self._utterances.items():
            was_open = utterance.open
            utterance.drop()
            if was_open:
                self._resume(identity)
        if transcriber is not None:
            self._own(transcriber.stop(), "stop hearing other people")

    def _selected(self, participant: rtc.RemoteParticipant) -> bool:
        people = self._people
        if people is None or participant.identity == self._caller():
            return False
        return _selects(people.heard, participant) or _selects(people.answered, participant)

    def _on_event(self, participant: rtc.RemoteParticipant, event: stt.SpeechEvent) -> None:
        if self._quiet or self._ending or self._transcriber is None:
            return  # a quiet agent answers nobody, and nobody interrupts the goodbye
        utterance = self._utterance(participant)
        final = event.type == stt.SpeechEventType.FINAL_TRANSCRIPT
        if event.type == stt.SpeechEventType.END_OF_SPEECH:
            utterance.end()
        elif text := text_of(event) if final or event.type == stt.SpeechEventType.INTERIM_TRANSCRIPT else "":
            if not utterance.open:
                self._on_begun(participant)
            utterance.words(text, final=final)

    def _utterance(self, participant: rtc.RemoteParticipant) -> Utterance:
        known = self._utterances.get(participant.identity)
        if known is None:
            known = self._utterances[participant.identity] = Utterance(lambda text: self._on_over(participant, text))
        return known

    def _on_begun(self, participant: rtc.RemoteParticipant) -> None:
        """Pause the silence ladder, because this person speaks. If the agent answers this person, stop the agent's
        speech.
        """
        if not any(utterance.open for utterance in self._utterances.values()):
            self._post(PauseChanged("people", paused=True, by=participant.identity))
        if self._answers(participant) and self._session.agent_state == "speaking":
            self._own(self._interrupt(), "interrupt for another person")

    def _on_over(self, participant: rtc.RemoteParticipant, text: str) -> None:
        self._resume(participant.identity)
        if text and not self._ending and not self._quiet:
            self._own(self._tell(participant, text), "tell what another person said")

    def _resume(self, identity: str) -> None:
        if not any(utterance.open for utterance in self._utterances.values()):
            self._post(PauseChanged("people", paused=False, by=identity))

    def _on_failed(self, identity: str, error: str) -> None:
        self._post(ActionFailed(f"transcribe {identity}", error))

    def _answers(self, participant: rtc.RemoteParticipant) -> bool:
        return self._people is not None and _selects(self._people.answered, participant)

    async def _tell(self, participant: rtc.RemoteParticipant, text: str) -> None:
        """Give the model the words of this person, after the words of people who spoke earlier. If the agent answers
        this person, request an answer.
        """
        message = f"[{self._label(participant)}] {text}"
        async with self._order:
            if not self._noted:
                self._noted = True
                await self._context.instruct(NOTE, append=True, sticky=True, by="people")
            if self._answers(participant):
                await self._interrupt()
                self._session.generate_reply(user_input=message)
            else:
                await self._context.add("user", message, by="people")

    async def _interrupt(self) -> None:
        try:
            await self._session.interrupt()
        except RuntimeError:
            log.info("a line that may not be interrupted is played to its end")

    def _label(self, participant: rtc.RemoteParticipant) -> str:
        label = self._labels.get(participant.identity)
        if label is None:
            label = label_of(participant.name, participant.identity, self._labels.values())
            self._labels[participant.identity] = label
        return label

    def _own(self, work: Coroutine[Any, Any, None], name: str) -> None:
        run_in_background(work, name, tasks=self._tasks, post=self._post)


def _selects(participants: Participants | None, one: rtc.RemoteParticipant) -> bool:
    if participants is None:
        return False
    phone = one.kind == rtc.ParticipantKind.PARTICIPANT_KIND_SIP
    return participants.select(one.identity, phone=phone, attributes=_fixed_attributes(one))


def _fixed_attributes(one: rtc.RemoteParticipant) -> Mapping[str, str]:
    """Return the participant's attributes if the participant has no right to change them, otherwise an empty mapping.
    For a phone, always return an empty mapping, because the SIP service changes the attributes of phones.
    """
    rights = one.permissions
    changeable = rights.can_update_metadata or not rights.ByteSize()
    return {} if changeable or one.kind == rtc.ParticipantKind.PARTICIPANT_KIND_SIP else one.attributes
