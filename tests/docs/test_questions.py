"""The questions about telephones, tokens and rooms each have a snippet, and say where the answer was verified."""

import pytest
from tests.docs.pages import DOCS

TEXT = (DOCS / "questions.md").read_text(encoding="utf-8")
ASKED = (
    "What happens on an INVITE?",
    "How do I get the user part of the dialled URI?",
    "How do I read SIP headers in the worker?",
    "Which header option of a trunk does what?",
    "How do I configure the agent for each inbound call?",
    "Can several trunks have the same number?",
    "Which rights does a token have?",
    "How long should a token live?",
    "Does a token end the call when it expires?",
    "Does a deleted room cost anything?",
    "How do I change one permission and keep the others?",
    "What does `canPublishData` allow?",
    "Where is the room's metadata?",
    "What does AutoSubscribe decide?",
    "How does the agent hear everybody in the room, including people who join late?",
    "How do I get the caller's words early?",
    "How do I end an outbound SIP call?",
)


@pytest.mark.parametrize("question", ASKED)
def test_the_answer_has_a_snippet_and_says_where_it_was_verified(question: str) -> None:
    _, _, rest = TEXT.partition(f"### {question}\n")
    answer = rest.partition("\n### ")[0].partition("\n## ")[0]
    words = " ".join(answer.split())
    assert sum(answer.count(f"```{kind}\n") for kind in ("python", "sh")) == 1
    assert "Verified on " in words
    assert "not on LiveKit Cloud" in words
