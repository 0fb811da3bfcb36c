"""The decisions of each kind of step of the silence ladder."""

from collections.abc import Sequence

from offhook.core.decisions import Ask, Decision, EndCall, Instruct, RunFunction, Say, Transfer
from offhook.core.steps import Step

__all__ = ["TAG", "decisions_of"]

TAG = "silence"


def decisions_of(step: Step, why: str, *, interruptible: bool) -> Sequence[Decision]:
    """Return the decisions of this step. While the VAD reports speech, pass `interruptible=False`, because LiveKit then
    starts only uninterruptible lines.
    """
    match step.kind:
        case "say":
            return [Say(step.text, tag=TAG, interruptible=interruptible, why=why)]
        case "ask":
            return [Ask(step.text, tag=TAG, tool=step.tool, interruptible=interruptible, why=why)]
        case "do":
            assert step.work is not None
            return [RunFunction(step.work, tag=TAG, why=why)]
        case "instruct":
            return [Instruct(step.text, tag=TAG, why=why)]
        case "transfer":
            return [Transfer(step.text, tag=TAG, why=why)]
        case "goodbye" | "end":
            return [EndCall("silence", goodbye=step.text, by="silence", why=why)]
    return ()
