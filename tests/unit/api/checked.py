"""Checks the problem in an answer of the HTTP API."""

from typing import Any

__all__ = ["detail"]


async def detail(answer: Any, status: int, code: str) -> str:
    """Check the form, the status and the code of a problem; returns its detail."""
    problem = await answer.json(content_type="application/problem+json")
    assert (answer.status, problem["status"], problem["code"]) == (status, status, code)
    assert "\n" not in problem["detail"]
    return str(problem["detail"])
