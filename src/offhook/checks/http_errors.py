"""Turns an unexpected HTTP answer into a finding."""

from http import HTTPStatus

from offhook.checks.finding import Finding, problem, warning
from offhook.checks.secrets import redact_url
from offhook.checks.web import Answer, Endpoint

__all__ = ["http_error"]


def http_error(answer: Answer, place: Endpoint) -> Finding | None:
    """Return why this answer cannot be used, or None if the status is 200 and the body is JSON."""
    at, key, url = redact_url(place.url), place.key_name or "the key", place.url_name or "the address"
    match answer.status:
        case HTTPStatus.FORBIDDEN if _narrow(answer):
            return warning(
                f"{at} accepts the key, but not for this query (403)", f"nothing, if {key} is meant to have few rights"
            )
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN as status:
            todo = f"check {key}: is it complete, from this project, and not revoked?"
            return problem(f"{at} refuses the key ({status})", todo)
        case HTTPStatus.NOT_FOUND:
            return problem(f"there is nothing at {at} (404)", f"check {url}: is a path such as /v1 missing or doubled?")
        case HTTPStatus.TOO_MANY_REQUESTS | HTTPStatus.PAYMENT_REQUIRED as status:
            todo = f"check the quota and the billing of {key}; new calls may be refused"
            return warning(f"{at} takes no more requests now ({status})", todo)
        case status if status >= 500:
            return problem(f"{at} has a server error ({status})", "try again soon; see the provider's status page")
        case status if 300 <= status < 400:
            return problem(f"{at} redirects to {_target(answer)} ({status})", f"set {url} to the new address")
        case HTTPStatus.OK if answer.data is None:
            what = "a web page" if answer.page else "something that is not JSON"
            return problem(
                f"{at} answers with {what}, so this is not the API", f"check {url}: is a path such as /v1 missing?"
            )
        case HTTPStatus.OK:
            return None
    return problem(f"{at} answers {answer.status}", f"check {url} and {key}")


def _narrow(answer: Answer) -> bool:
    """Return True if the text of a 403 answer names a scope or a permission: the key is valid, but has few rights."""
    return answer.data is not None and any(word in answer.text.lower() for word in ("scope", "permission"))


def _target(answer: Answer) -> str:
    target = answer.headers.get("Location", "")
    return redact_url(target) if "://" in target else "another path"
