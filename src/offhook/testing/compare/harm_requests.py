"""Counts the requests to the model that `judge` compares: our run must not make more requests than LiveKit alone."""

import math
from collections.abc import Sequence

from offhook.testing.compare.harm_facts import carried_words, last_words, lost_at_handoff, results, spoken
from offhook.testing.compare.harm_results import RUNNING, kept_result
from offhook.testing.compare.model import Request
from offhook.testing.compare.played import Played

__all__ = ["more_requests"]


def more_requests(alone: Played, ours: Played, *, until: float, settled: float) -> str:
    """Return both numbers if our run made more requests to the model than LiveKit alone, else "".

    Requests for words or tool results that LiveKit alone lost do not count. Requests that a handoff discarded do not
    count either (`_discarded`). LiveKit alone may make the same request later than our run. Therefore our requests
    count only until `settled`, and those of LiveKit alone until `until`, which is later.
    """
    asked_alone = {last_words(one) for one in alone.requests}
    said = [text for _, _, text in spoken(ours)]
    kept = [one for one in said if lost_at_handoff(alone, ours, one) or not any(one in words for words in asked_alone)]
    discarded = _discarded(ours)
    count = most = 0
    for ours_asked, alone_asked in ((ours.requests, alone.requests), (_asked_once(ours), _asked_once(alone))):
        asked = (one for one in ours_asked if not any(text in last_words(one) for text in kept))
        asked = (one for one in asked if one not in discarded and not kept_result(alone, ours, one))
        count = sum(one.at < settled for one in asked)
        most = sum(one.at < until for one in alone_asked)
        if count <= most:
            return ""
    return f"{count}, not {most}"


def _discarded(ours: Played) -> list[Request]:
    """At a handoff, LiveKit drops the caller's words if their turn is not complete (`WordsCarried`). Return our
    requests for such words. These requests do not count, because the next agent makes its own request for the words.
    """
    found = list[Request]()
    for since, handoff, words in carried_words(ours):
        open_turn = (one for one in ours.requests if since < one.at + ours.zero <= handoff)
        found += [one for one in open_turn if last_words(one) and last_words(one) in " ".join(words)]
    return found


def _asked_once(played: Played) -> list[Request]:
    """Return the requests that no later request replaced.

    A later request replaces a request in three cases:

    - the later request has more words of the caller, and no answer came in between
    - the later request has the output of a tool that was running before
    - the later request ends with the same words, after a new message of the agent

    If two requests with the same words follow each other, only one of the two is replaced. A filler does not count as
    an answer.

    LiveKit may send a request before the caller's turn is over. It sends another request if the caller continues, if
    the agent's hook changes the words, or if a tool or another answer ends before the turn. So the number of requests
    depends on the times of the words and the tools.
    """
    counted = list[Request]()
    replaced: tuple[str, ...] | None = None
    for index, one in enumerate(played.requests):
        later = played.requests[index + 1 :]
        unanswered = [other for other in later if other.at < _answered(played, one)]
        if _words(one) != replaced and (_goes_on(later, one) or _came_before(later, one) or _replaced(unanswered, one)):
            replaced = _words(one)
        else:
            counted.append(one)
    return counted


def _answered(played: Played, one: Request) -> float:
    """Return the time of the first line or tool call after this request; infinity without one."""
    return min((at for at in results(played) if at > one.at), default=math.inf)


def _goes_on(later: Sequence[Request], one: Request) -> bool:
    """True if a later request has more words of the caller, and nothing else is new: no answer came in between."""
    return any(_rest(other) == _rest(one) and _more_words(_words(other), _words(one)) for other in later)


def _came_before(later: Sequence[Request], one: Request) -> bool:
    """True if a later request also ends with these words of the caller, and has more messages or tool results before
    these words.
    """
    same = (other for other in later if _words(other) == _words(one) and other.items[-1:] == one.items[-1:])
    return any(len(other.items) > len(one.items) for other in same)


def _more_words(later: Sequence[str], words: Sequence[str]) -> bool:
    return later != words and all(any(other.startswith(one) for other in later) for one in words)


def _replaced(unanswered: Sequence[Request], one: Request) -> bool:
    """True if one of the later requests before the answer has more words of the caller and no new message of the agent,
    or the same words and the output of a tool that was running before.
    """
    return any(
        (_agent(other) == _agent(one) and _more_words(_words(other), _words(one)))
        or (_words(other) == _words(one) and _running(other) < _running(one))
        for other in unanswered
    )


def _running(request: Request) -> int:
    """Return how many tools still run, according to the items of this request."""
    return sum(item.endswith(RUNNING) for item in request.items)


def _words(request: Request) -> tuple[str, ...]:
    return tuple(item for item in request.items if item.startswith("user: "))


def _agent(request: Request) -> tuple[str, ...]:
    return tuple(item for item in request.items if item.startswith("assistant: "))


def _rest(request: Request) -> tuple[str, ...]:
    return tuple(item for item in request.items if not item.startswith("user: "))
