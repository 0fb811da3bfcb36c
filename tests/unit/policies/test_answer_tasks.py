"""An `AgentTask` inside a tool: the tool's time limit is suspended, and the answers of the task have time limits."""

from offhook.core.decisions import RetryAnswer
from offhook.core.facts import (
    AgentCodeEnded,
    AgentCodeStarted,
    AgentHandoff,
    ModelResponded,
    SpeechCreated,
    ToolEnded,
    ToolStarted,
)

from .answering import (
    ASKED,
    ENTRY,
    ONE,
    TWO,
    UNHEARD,
    WORKS,
    At,
    answers,
    asks,
    over,
    run,
    sound,
    speaks,
    thinks,
    told,
    tool,
)

TASK = [
    *WORKS,
    (3, AgentHandoff("form", depth=1)),
    (3, AgentCodeStarted("c", ENTRY)),
    (3, AgentCodeEnded("c", ENTRY, "done")),
]
"""The tool opens an AgentTask."""


def says(at: float, until: float, speech: str = "line") -> list[At]:
    """A speech of the agent's code."""
    return [(at, SpeechCreated(speech, "say")), speaks(at), *over(until, speech)]


def test_an_agent_task_in_a_tool_suspends_the_clock_of_the_tool() -> None:
    assert run([*TASK, *says(3, 5)], until=300) == []


def test_the_answer_in_an_agent_task_is_watched_like_any_other() -> None:
    facts = [*TASK, *says(3, 5), *asks(30, 31, speech="in the task")]
    assert told(run([*facts, *answers(33, 35, speech="in the task")], until=60)) == []
    assert told(run(facts, until=40)) == [(33.5, ONE), (37, "RetryAnswer"), (38.5, TWO)]


def test_a_model_that_says_nothing_in_an_agent_task_is_asked_once_more_at_once() -> None:
    facts = [*TASK, *says(3, 5), *asks(30, 31, speech="in the task"), (32, ModelResponded(0)), *over(32, "in the task")]
    assert told(run(facts, until=33)) == [(32, "RetryAnswer")]


def test_a_voice_without_words_is_asked_to_repeat_in_an_agent_task_too() -> None:
    assert told(run([*TASK, *says(3, 5), *sound(10, 12)], until=20)) == [(15, UNHEARD)]


ENTERS = [(5, AgentHandoff("ask", depth=1)), (5, AgentCodeStarted("c", ENTRY)), (5, AgentCodeEnded("c", ENTRY, "done"))]
AFTER_WORDS = [
    *ASKED,
    *[(2.9, ModelResponded(22, 1)), speaks(3), (3, ToolStarted("t", "ask", "{}")), thinks(5)],
    *ENTERS,
]
"""`What is your number?`, and a tool whose AgentTask starts after that speech."""


def test_an_agent_task_that_waits_for_the_caller_after_words_of_the_model_owes_nothing() -> None:
    assert run(AFTER_WORDS, until=300) == []


def test_an_agent_task_that_is_about_to_answer_after_words_of_the_model_is_watched() -> None:
    answers_itself = [(5.1, SpeechCreated("in the task", "generate_reply")), thinks(5.1)]
    assert told(run([*AFTER_WORDS, *answers_itself], until=12)) == [(7.6, ONE), (11.1, "RetryAnswer")]


def test_an_agent_task_that_begins_while_words_are_played_owes_nothing() -> None:
    called = [
        (2.9, ModelResponded(22, 1)),
        speaks(3),
        (3, ToolStarted("t", "ask", "{}")),
        (3, AgentHandoff("a", depth=1)),
    ]
    assert run([*ASKED, *called, thinks(5)], until=300) == []


def test_an_agent_task_without_any_words_is_not_left_in_silence() -> None:
    assert told(run(TASK, until=10))[0] == (4.5, ONE)


def test_when_the_agent_task_is_over_its_tool_is_waited_for_again() -> None:
    ends = [*over(60, "in the task", handoff=True), (60, AgentHandoff("root"))]
    facts = [*TASK, *says(3, 5), *asks(50, 51, speech="in the task"), speaks(52), *ends]
    log = told(run(facts, until=82))
    assert log == [(62.5, ONE), (73.5, TWO), (80, "RetryAnswer")]


def test_a_tool_that_returns_with_its_agent_task_leaves_the_debt_to_the_model() -> None:
    ends = [
        *over(60, "in the task", handoff=True),
        (60, AgentHandoff("root")),
        (60, ToolEnded("t", "done", output="x")),
    ]
    facts = [*TASK, *says(3, 5), *asks(50, 51, speech="in the task"), speaks(52), *ends, thinks(60)]
    assert told(run(facts, until=67)) == [(62.5, ONE), (66, "RetryAnswer")]
    assert run([*facts, *answers(61, 63)], until=300) == []


def test_an_agent_task_that_a_tool_completes_without_words_leaves_the_debt_to_the_tool_below() -> None:
    done = [*tool(52, 52, call="field"), *over(52, "in the task", handoff=True), (52, AgentHandoff("root"))]
    facts = [*TASK, *says(3, 5), *asks(50, 51, speech="in the task"), *done]
    log = run(facts, until=73)
    assert [when for when, _ in told(log)] == [53.5, 64.5, 72]
    assert log[-1][1] == RetryAnswer("tool", why="a tool has run for 20 s while the caller waits")


def test_nested_agent_tasks_suspend_all_tools_below_them() -> None:
    inner = [*asks(10, 11, speech="outer"), (12, ToolStarted("u", "pin", "{}")), (12, AgentHandoff("pin", depth=2))]
    facts = [*TASK, *says(3, 5), *inner, *says(12, 14, "pin line")]
    assert run(facts, until=300) == []
    back = [*facts, (100, AgentHandoff("form", depth=1)), (100, ToolEnded("u", "done", output="x")), thinks(100)]
    assert told(run(back, until=107)) == [(102.5, ONE), (106, "RetryAnswer")]
    assert run([*back, *answers(101, 103, speech="outer")], until=300) == []


def test_a_handoff_in_an_agent_task_is_no_end_of_it() -> None:
    assert run([*TASK, *says(3, 5), (10, AgentHandoff("other", depth=1))], until=300) == []
