"""The FastAPI backend in docs/http.md, with FastAPI's own client and without a call."""

import runpy
from pathlib import Path
from typing import Any

import pytest

from .pages import DOCS, blocks

LINE = {"text": "One moment, please.", "by": "the boss", "role": "supervisor"}


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Run the document's block, with the address of a server that does not answer; returns its names."""
    keys = {"LIVEKIT_URL": "ws://127.0.0.1:1", "LIVEKIT_API_KEY": "devkey", "LIVEKIT_API_SECRET": "a" * 40}
    for name, value in keys.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    (text,) = (block.text for block in blocks(DOCS / "http.md") if "from fastapi import" in block.text)
    file = tmp_path / "recipe.py"
    file.write_text(text, encoding="utf-8")
    return runpy.run_path(str(file), run_name="recipe")


@pytest.mark.slow
def test_the_backend_lets_in_who_is_signed_in_and_answers_errors_as_the_api_does(recipe: dict[str, Any]) -> None:
    from starlette.testclient import TestClient

    client = TestClient(recipe["app"])
    assert client.post("/calls/room-1/say", json=LINE).status_code == 401
    recipe["app"].dependency_overrides[recipe["signed_in"]] = lambda: "ada"
    answer = client.post("/calls/room-1/say", json=LINE)
    assert (answer.status_code, answer.headers["content-type"]) == (502, "application/problem+json")
    assert answer.json()["code"] == "unreachable"
    assert client.get("/calls/room-1").json()["code"] == "unreachable"
