"""The methods of a running call for a silent caller: the away state and the silence ladder."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from livekit.agents import AgentSession

from offhook.core.facts import AwayRequested, Fact, PauseChanged, SilenceChanged
from offhook.core.ladder import Silence
from offhook.session.outbound.away import NEVER

__all__ = ["SilenceActions"]


class SilenceActions:
    """The part of `OngoingCall` for a silent caller. `on_loop` runs a change on the call's event loop."""

    def __init__(
        self,
        session: AgentSession[Any],
        post: Callable[[Fact], None],
        ladder: Silence | None,
        on_loop: Callable[[Callable[[], object]], None],
    ) -> None:
        self._session = session
        self._post = post
        self._ladder = ladder
        self._change_away = on_loop

    def away(self, away: bool = True, *, by: str = "code") -> None:
        """Mark the caller away, or no longer away. LiveKit's `user_state` becomes "away", and the handlers of
        `user_state_changed` run, as soon as both the caller and the agent are silent.
        """
        self._post(AwayRequested(away, by=by))

    def away_after(self, seconds: float | None) -> None:
        """Change LiveKit's away timeout during the call; None disables the timeout."""

        def change() -> None:
            options = self._session.options
            options.user_away_timeout = NEVER if seconds is None else seconds
            self._session.reset_away_timer()
            options.user_away_timeout = seconds

        self._change_away(change)

    def silence(self, ladder: Silence | None, *, by: str = "code") -> None:
        """Use another silence ladder from now on; None disables the ladder."""
        self._ladder = ladder
        self._post(SilenceChanged(ladder, by=by))

    @contextmanager
    def silence_while(self, ladder: Silence | None, *, by: str = "code") -> Iterator[None]:
        """Use another silence ladder until the block ends, for example during a form; None disables the ladder."""
        before = self._ladder
        self.silence(ladder, by=by)
        try:
            yield
        finally:
            self.silence(before, by=by)

    def pause(self, why: Literal["hold", "transfer", "amd", "code"] = "hold", *, by: str = "code") -> None:
        """Pause the silence ladder until `resume` with the same `why`, but for at most `Caps.paused` seconds (default:
        300).
        """
        self._post(PauseChanged(why, paused=True, by=by))

    def resume(self, why: Literal["hold", "transfer", "amd", "code"] = "hold", *, by: str = "code") -> None:
        """Continue the silence ladder after `pause` with the same `why`."""
        self._post(PauseChanged(why, paused=False, by=by))
