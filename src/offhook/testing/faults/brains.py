"""What can go wrong with OpenAI's chat and Responses: `faults.openai`, `faults.responses`."""

from offhook.testing.faults.behaviours import Broken, Hanging, Muted, Refusing, Replaced, Slow, Stalling
from offhook.testing.faults.circles import Circling
from offhook.testing.faults.fault import Behaviour, Fault, Service
from offhook.testing.faults.weights import anything, word
from offhook.testing.sandbox.hook import How

__all__ = ["Brains", "openai", "responses"]


class Brains:
    """The faults of one way to ask a language model."""

    def __init__(self, service: Service, how: How, connects: How) -> None:
        self._service, self._how, self._connects = service, (how,), (connects,)
        self._words = ("chunk",) if how == "post" else ("response.output_text.delta", "response.output_item.done")

    def _fault(self, name: str, behaviour: Behaviour, turn: int, *, for_good: bool = False) -> Fault:
        name = f"{self._service}.{name}" + ("_for_good" if for_good else "")
        return Fault(name, self._service, behaviour, turn, None if for_good else turn)

    def refused(self, status: int = 500, *, times: int | None = None, turn: int = 2, for_good: bool = False) -> Fault:
        """Requests are refused: so many `times`, or the whole turn."""
        name = f"refused_{status}" + (f"_x{times}" if times else "")
        return self._fault(name, lambda _: Refusing(status, self._how, times=times), turn, for_good=for_good)

    def locked(self, status: int = 401, *, turn: int = 0) -> Fault:
        """No connection is let in."""
        return self._fault(f"locked_{status}", lambda _: Refusing(status, self._connects), turn, for_good=True)

    def hangs(self, *, times: int | None = None, turn: int = 2, for_good: bool = False) -> Fault:
        """Requests are taken and never answered."""
        name = "hangs" + (f"_x{times}" if times else "")
        return self._fault(name, lambda _: Hanging(self._how, times), turn, for_good=for_good)

    def slow(self, seconds: float = 4.0, *, times: int | None = None, turn: int = 2) -> Fault:
        """The first word comes so many seconds late."""
        return self._fault(f"slow_{seconds:g}", lambda _: Slow(seconds, self._how, times), turn)

    def stall_after(self, words: int = 3, *, times: int | None = None, turn: int = 2) -> Fault:
        """The answer stops after so many words, and the line stays open."""
        return self._fault(_times("stall", words, times), lambda _: Stalling(words, word, times), turn)

    def drop_after(self, words: int = 3, *, times: int | None = None, turn: int = 2) -> Fault:
        """The line is cut after so many words."""
        return self._fault(_times("drop", words, times), lambda _: Broken(words, word, times), turn)

    def malformed_after(self, words: int = 3, *, times: int | None = None, turn: int = 2) -> Fault:
        """After so many words comes something that is no event."""
        sse = self._how == ("post",)
        wrong = "data: {not json\n\n" if sse else "{not json"
        return self._fault(
            _times("malformed", words, times), lambda _: Replaced(words, word, times, lambda _: wrong), turn
        )

    def empty(self, *, turn: int = 2) -> Fault:
        """The answer has no words."""
        return self._fault("empty", lambda _: Muted(self._words), turn)

    def silent(self, *, turn: int = 2) -> Fault:
        """The request is taken, and no event of the answer ever leaves."""
        return self._fault("silent", lambda _: Stalling(0, anything, None), turn)

    def loops(self, *, turn: int = 2) -> Fault:
        """The model calls the same tool with the same arguments again and again, as long as it may call any.

        Only chat has it: `faults.openai`.
        """
        return self._fault("loops", lambda _: Circling(), turn)


def _times(name: str, words: int, times: int | None) -> str:
    return f"{name}_after_{words}" + (f"_x{times}" if times else "")


openai = Brains("openai", "post", "post")
responses = Brains("responses", "message", "connect")
