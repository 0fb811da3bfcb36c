"""Chooses how long LiveKit waits at each silence of the caller before it ends the turn, and applies the choice.

LiveKit asks the turn detector for its threshold and reads `max_delay` right afterwards. When the detectors in
`graded_detectors.py` are asked for the threshold, they call `choose`, which sets `max_delay` through
`session.update_options`.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any

from livekit.agents import AgentSession, EndpointingOptions
from livekit.agents.llm import RealtimeModel
from livekit.agents.utils import is_given

from offhook.core.facts import (
    CallerStateChanged,
    EndpointingChanged,
    EndpointingChosen,
    Fact,
    TurnCommitted,
    Warned,
)
from offhook.core.patience import PRESETS, Patience, Preset, bounded
from offhook.policies.endpointing.evidence import TurnEvidence
from offhook.policies.endpointing.stopped_words import StoppedWords
from offhook.policies.endpointing.wait import Evidence, Wait, choose_wait, is_sure, patience_for
from offhook.session.inbound.answer_evidence import llm_of

__all__ = ["Endpointing", "endpointing_of"]

log = logging.getLogger("offhook")

_OF_SESSION = "offhook_endpointing"
"""The name of the session attribute that holds the `Endpointing`. A `WeakKeyDictionary` with sessions as keys would
never free the session, because the `Endpointing` refers to the session.
"""
_FINAL = 1.0
"""Seconds to wait for the final transcript after the caller's words have stopped."""
_COMMIT = 0.5
"""The caller may type during a spoken turn. The text waits at most this many seconds for the end of that turn."""


class Endpointing:
    """Chooses how long LiveKit waits at each silence of the caller in one session.

    Before `connect` and after `stop`, LiveKit's own delays apply.
    """

    def __init__(self, patience: Preset | Patience) -> None:
        self._evidence = TurnEvidence()
        self.words = StoppedWords()
        self._session: AgentSession[Any] | None = None
        self._post: Callable[[Fact], None] = lambda _: None
        self._told: set[str] = set()
        self._name, self._patience, self._complaint = _named(patience)
        self._once: tuple[str, Patience] | None = None
        self._stopped = False
        self._waits = False  # LiveKit waits for the end of the caller's turn
        self._typed: asyncio.Event | None = None  # set when the spoken turn before a typed text is complete

    @property
    def shortest(self) -> float:
        """Seconds to wait if the caller's turn has certainly ended. LiveKit gets this value as `min_delay`."""
        return (self._once[1] if self._once else self._patience).shortest

    def belongs_to(self, session: AgentSession[Any]) -> None:
        """Store this object in the session, so that `endpointing_of` finds it."""
        setattr(session, _OF_SESSION, self)

    def connect(self, session: AgentSession[Any], post: Callable[[Fact], None]) -> None:
        """Begin to choose how long LiveKit waits in this session, and post each choice as a fact."""
        self._session, self._post = session, post
        if self._complaint:
            self.tell(self._complaint)

    def use(self, patience: Preset | Patience, *, once: bool, by: str) -> None:
        """Use this patience from now on, or only for the caller's next turn (`once`)."""
        name, numbers, complaint = _named(patience)
        if complaint:
            self.tell(complaint)
        self._once = (name, numbers) if once else None
        if not once:
            self._name, self._patience, self._stopped = name, numbers, False
        self._set(EndpointingOptions(min_delay=numbers.shortest))
        self._post(EndpointingChanged(name, once=once, by=by))

    def stop(self) -> None:
        """Stop setting the delays, because a command or the agent's code has set other delays."""
        self._stopped = True

    def notice(self, fact: Fact) -> None:
        """Update the evidence about the caller's turn. Call this method as soon as the fact is posted, because a
        silence may follow at once.
        """
        self._evidence.notice(fact)
        self.words.notice(fact, asyncio.get_running_loop().time())
        if isinstance(fact, TurnCommitted) or (isinstance(fact, CallerStateChanged) and fact.state == "speaking"):
            self._waits = False
            if self._typed is not None:
                self._typed.set()
        if isinstance(fact, TurnCommitted) and self._once is not None:
            self._once = None
            self._set(EndpointingOptions(min_delay=self._patience.shortest))

    def sure(self, probability: float | None) -> bool:
        """True if the wait can be chosen without a second prediction, or if LiveKit's own delays apply."""
        if self._session is None or self._stopped or _own_delays(self._session) or self._typed is not None:
            return True
        evidence, _, patience = self._known(probability)
        return is_sure(evidence, patience)

    def choose(self, probability: float | None) -> float | None:
        """Set `max_delay` for the current silence and return it in seconds. If LiveKit's own delays apply, only return
        None.
        """
        session = self._session
        if session is None or self._stopped or _own_delays(session):
            return None
        evidence, name, patience = self._known(probability)
        wait = choose_wait(evidence, patience) if self._typed is None else Wait(self.shortest, ("the caller types",))
        self._waits = True
        self._set(EndpointingOptions(max_delay=wait.seconds))
        known = None if probability is None else round(probability, 3)
        self._post(EndpointingChosen(wait.seconds, known, name, wait.why))
        return wait.seconds

    async def end_wait(self) -> None:
        """End LiveKit's wait for the end of the caller's turn, because the caller has typed a text. Then wait until
        the turn is complete or the caller speaks again, at most `_COMMIT` seconds.

        LiveKit 1.8.9 would answer the text at once, and complete the spoken turn only after the wait. If the answer to
        the text ended the current task before that time, LiveKit would lose the spoken words.
        """
        session = self._session
        if self._typed is None and session is not None and self._waits and self._evidence.transcribed:
            if self._stopped or isinstance(llm_of(session), RealtimeModel):
                return
            self._typed = asyncio.Event()
            with contextlib.suppress(RuntimeError):  # the session has closed
                session.commit_user_turn(transcript_timeout=0.0)
        if (typed := self._typed) is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(typed.wait(), _COMMIT)
            self._typed, self._waits = None, False

    def words_stopped(self) -> bool:
        """Return True if the caller's words stopped longer ago than the chosen wait, although the VAD reports speech.
        In this case, also post `EndpointingChosen`. If the words have no final transcript yet, LiveKit waits up to 1 s
        for one. If none comes, LiveKit uses the interim transcript for the turn.
        """
        now = asyncio.get_running_loop().time()
        session = self._session
        if session is None or not self.words.stopped(now) or self._stopped or _own_delays(session):
            return False
        evidence, name, patience = self._known(None)
        passed = now - self.words.last
        if passed < choose_wait(evidence, patience).seconds:  # the chosen wait is not over, for example after "hold on"
            return False
        self._post(EndpointingChosen(round(passed, 3), None, name, ("the words stopped, but the VAD reports speech",)))
        if not self.words.final:
            with contextlib.suppress(RuntimeError):  # the session has closed
                session.commit_user_turn(transcript_timeout=_FINAL)
        return True

    def tell(self, problem: str) -> None:
        """Log and post this problem, at most once per call."""
        if problem not in self._told:
            self._told.add(problem)
            log.warning("there is a problem with endpointing; the call goes on", extra={"problem": problem})
            self._post(Warned(problem))

    def _known(self, probability: float | None) -> tuple[Evidence, str, Patience]:
        """Return the evidence about the end of the caller's turn, and the name and the values of the patience that
        applies.
        """
        evidence = self._evidence.evidence(probability)
        if self._once is not None:
            return (evidence, *self._once)
        return (evidence, *patience_for(evidence, self._name, self._patience))

    def _set(self, delays: EndpointingOptions) -> None:
        if self._session is not None:
            self._session.update_options(endpointing_opts=delays)


def _named(patience: Preset | Patience) -> tuple[str, Patience, str]:
    if isinstance(patience, Patience):
        return ("own numbers", *bounded(patience))
    return patience, PRESETS[patience], ""


def _own_delays(session: AgentSession[Any]) -> bool:
    """True if the current agent has its own delays, which override the session's delays."""
    agent = session.current_agent
    return is_given(agent.min_endpointing_delay) or is_given(agent.max_endpointing_delay)


def endpointing_of(session: AgentSession[Any]) -> Endpointing | None:
    """Return the `Endpointing` of this session; None if the session has none."""
    found: Endpointing | None = getattr(session, _OF_SESSION, None)
    return found
