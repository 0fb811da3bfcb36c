"""Steps other than speech, carried out on the running call."""

import inspect

from offhook.core.errors import OffhookError
from offhook.core.wishes import Do, Instruct, Retry, Transfer
from offhook.session.again import answer_again, give_up, try_next_ears
from offhook.session.ongoing import OngoingCall

__all__ = ["SessionHands"]


class SessionHands:
    """Acts on one ongoing call."""

    def __init__(self, ongoing: OngoingCall) -> None:
        self._ongoing = ongoing

    async def act(self, wish: Do | Instruct | Transfer | Retry) -> None:
        match wish:
            case Do(work=work):
                result = work(self._ongoing)
                if inspect.isawaitable(result):
                    await result
            case Instruct(text=text, tag=tag):
                await self._ongoing.instruct(text, append=True, by=tag)
            case Retry(tag="ears"):
                try_next_ears(self._ongoing.session)
            case Retry(tag="unheard"):
                await give_up(self._ongoing.session)
            case Retry(tag=tag):
                # A request that gives nothing goes on beside the second: a slow model keeps its answer.
                if tag != "retry" or not self._ongoing.node.ask_beside():
                    await answer_again(self._ongoing.session, tag)
            case Transfer(to=to):
                raise OffhookError(f"calls cannot be transferred yet (to {to}); use do() with a function of your own")
