"""The handle of a speech that is over, without the futures and tasks with which LiveKit played the speech."""

from livekit.agents.llm import ChatItem
from livekit.agents.voice import SpeechHandle
from livekit.agents.voice.speech_handle import InputDetails

__all__ = ["FinishedSpeech"]


class FinishedSpeech(SpeechHandle):
    """Behaves like LiveKit's handle of a finished speech, but needs 0.5 kB instead of 5 kB."""

    __slots__ = ("_finished_error", "_finished_flags", "_finished_id", "_finished_input", "_finished_items")

    def __init__(self, handle: SpeechHandle) -> None:  # does not call LiveKit's `__init__`, which makes the futures
        self._finished_id = handle.id
        self._finished_flags = (handle.scheduled, handle.interrupted, handle.allow_interruptions, handle.num_steps)
        self._finished_input = handle.input_details
        self._finished_items = handle.chat_items
        self._finished_error = handle.exception()

    @property
    def id(self) -> str:
        return self._finished_id

    @property
    def scheduled(self) -> bool:
        return self._finished_flags[0]

    @property
    def interrupted(self) -> bool:
        return self._finished_flags[1]

    @property
    def allow_interruptions(self) -> bool:
        return self._finished_flags[2]

    @allow_interruptions.setter
    def allow_interruptions(self, value: bool) -> None:
        """Do nothing: nothing can interrupt the speech any more."""

    @property
    def num_steps(self) -> int:
        return self._finished_flags[3]

    @property
    def input_details(self) -> InputDetails:
        return self._finished_input

    @property
    def chat_items(self) -> list[ChatItem]:
        return self._finished_items

    def done(self) -> bool:
        return True

    def exception(self) -> BaseException | None:
        return self._finished_error

    async def wait_for_playout(self) -> None:
        """Return at once, because the speech is over."""

    def remove_done_callback(self, callback: object) -> None:
        """Do nothing: the callbacks have run already."""
