"""What an HTTP answer means that is not the one hoped for."""

from http import HTTPStatus

from offhook.checks.finding import Finding, problem, warning
from offhook.checks.secrets import shown
from offhook.checks.web import Answer, Place

__all__ = ["refusal"]


def refusal(answer: Answer, place: Place) -> Finding | None:
    """Why this answer is of no use, or None when it is JSON and fine."""
    at, key, url = shown(place.url), place.key_name or "the key", place.url_name or "the address"
    match answer.status:
        case HTTPStatus.FORBIDDEN if _narrow(answer):
            return warning(f"{at} takes the key, but not for looking around (403)", f"nothing, if {key} is meant so")
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN as status:
            todo = f"check {key}: is it whole, of this project, not revoked?"
            return problem(f"{at} refuses the key ({status})", todo)
        case HTTPStatus.NOT_FOUND:
            return problem(f"there is nothing at {at} (404)", f"check {url}: is a path such as /v1 missing or doubled?")
        case HTTPStatus.TOO_MANY_REQUESTS | HTTPStatus.PAYMENT_REQUIRED as status:
            todo = f"look at the quota and the bill of {key}; calls that come now may be refused"
            return warning(f"{at} has no room for us now ({status})", todo)
        case status if status >= 500:
            return problem(f"{at} is in trouble ({status})", "try again soon; see the provider's status page")
        case status if 300 <= status < 400:
            return problem(f"{at} sends us on to {_target(answer)} ({status})", f"put the address it names into {url}")
        case HTTPStatus.OK if answer.data is None:
            what = "a web page" if answer.page else "something that is not JSON"
            return problem(
                f"{at} answers with {what}, so it is not the API", f"check {url}: is a path such as /v1 missing?"
            )
        case HTTPStatus.OK:
            return None
    return problem(f"{at} answers {answer.status}", f"check {url} and {key}")


def _narrow(answer: Answer) -> bool:
    """A good key with few rights: providers say so in a 403."""
    return answer.data is not None and any(word in answer.text.lower() for word in ("scope", "permission"))


def _target(answer: Answer) -> str:
    target = answer.headers.get("Location", "")
    return shown(target) if "://" in target else "another path"
