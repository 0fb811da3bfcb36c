"""The faults of OpenAI's chat and Responses APIs: `faults.openai` and `faults.responses`."""

from offhook.testing.faults.behaviours import Broken, Hanging, Muted, Refusing, Replaced, Slow, Stalling
from offhook.testing.faults.fault import Behaviour, Fault, Service
from offhook.testing.faults.progress import anything, word
from offhook.testing.faults.tool_loop import ToolLoop
from offhook.testing.sandbox.hook import How

__all__ = ["LlmFaults", "openai", "responses"]


class LlmFaults:
    """The faults of one LLM API."""

    def __init__(self, service: Service, how: How, connects: How) -> None:
        self._service, self._how, self._connects = service, (how,), (connects,)
        self._words = ("chunk",) if how == "post" else ("response.output_text.delta", "response.output_item.done")

    def _fault(self, name: str, behaviour: Behaviour, turn: int, *, for_good: bool = False) -> Fault:
        name = f"{self._service}.{name}" + ("_for_good" if for_good else "")
        return Fault(name, self._service, behaviour, turn, None if for_good else turn)

    def refused(self, status: int = 500, *, times: int | None = None, turn: int = 2, for_good: bool = False) -> Fault:
        """Requests are refused: at most `times` requests, or, without `times`, all requests while the fault lasts."""
        name = f"refused_{status}" + (f"_x{times}" if times else "")
        return self._fault(name, lambda _: Refusing(status, self._how, times=times), turn, for_good=for_good)

    def locked(self, status: int = 401, *, turn: int = 0) -> Fault:
        """From `turn` to the end of the call, every request (chat) or every connection (Responses) is refused."""
        return self._fault(f"locked_{status}", lambda _: Refusing(status, self._connects), turn, for_good=True)

    def hangs(self, *, times: int | None = None, turn: int = 2, for_good: bool = False) -> Fault:
        """Requests are accepted but never answered."""
        name = "hangs" + (f"_x{times}" if times else "")
        return self._fault(name, lambda _: Hanging(self._how, times), turn, for_good=for_good)

    def slow(self, seconds: float = 4.0, *, times: int | None = None, turn: int = 2) -> Fault:
        """The first word is this many seconds late."""
        return self._fault(f"slow_{seconds:g}", lambda _: Slow(seconds, self._how, times), turn)

    def stall_after(self, words: int = 3, *, times: int | None = None, turn: int = 2) -> Fault:
        """The answer stops after this many words, but the connection stays open."""
        return self._fault(_times("stall", words, times), lambda _: Stalling(words, word, times), turn)

    def drop_after(self, words: int = 3, *, times: int | None = None, turn: int = 2) -> Fault:
        """The connection is cut after this many words."""
        return self._fault(_times("drop", words, times), lambda _: Broken(words, word, times), turn)

    def malformed_after(self, words: int = 3, *, times: int | None = None, turn: int = 2) -> Fault:
        """After this many words, an invalid event replaces the next word."""
        sse = self._how == ("post",)
        invalid = "data: {not json\n\n" if sse else "{not json"
        return self._fault(
            _times("malformed", words, times), lambda _: Replaced(words, word, times, lambda _: invalid), turn
        )

    def empty(self, *, turn: int = 2) -> Fault:
        """The answer has no words."""
        return self._fault("empty", lambda _: Muted(self._words), turn)

    def silent(self, *, turn: int = 2) -> Fault:
        """The request is accepted, but no event of the answer is sent."""
        return self._fault("silent", lambda _: Stalling(0, anything, None), turn)

    def loops(self, *, turn: int = 2) -> Fault:
        """The model repeats the same tool call with the same arguments, as long as tool calls are allowed.

        Only `faults.openai` has this fault, because it works only with the chat API.
        """
        return self._fault("loops", lambda _: ToolLoop(), turn)


def _times(name: str, words: int, times: int | None) -> str:
    return f"{name}_after_{words}" + (f"_x{times}" if times else "")


openai = LlmFaults("openai", "post", "post")
responses = LlmFaults("responses", "message", "connect")
