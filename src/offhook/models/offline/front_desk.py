"""The rules of the offline LLM, which plays the front desk of a small hotel."""

from offhook.models.offline.rules import Reply, Rule, RuleLLM, RuleSet, ToneRule

__all__ = ["FRONT_DESK", "front_desk"]

_HELP = "I can tell you the opening hours or the time, take a booking, or change how I speak."
_FAREWELL = "Thank you for calling. Goodbye."
_NUMBER = r"(?P<people>one|two|to|too|three|four|for|five|six|seven|eight|nine|ten|\d+)"
_ANSWER = r"^user:.*\b(speak|speaking|talk|answer|reply|be|sound)\b.*\b"


def _tone_request(words: str, instructions: str) -> Rule:
    return Rule(
        f"{_ANSWER}({words})",
        Reply(tool="update_instructions", arguments={"instructions": instructions}),
        "I cannot change how I speak on this call.",
    )


_CALLER = (
    Rule(
        r"^user:.*\b(good ?bye|bye|hang up|that is all|that's all)\b",
        Reply(tool="end_call", arguments={"farewell": _FAREWELL}),
        _FAREWELL,
    ),
    Rule(
        r"^user:.*\b(start over|start again|forget (what|everything|all|that))",
        Reply(tool="reset_context"),
        "I cannot forget what was said on this call.",
    ),
    _tone_request("form(al|er)ly|formal", "Be formal."),
    _tone_request("brief|briefly|short|shorter", "Be brief."),
    _tone_request("pirate", "Speak like a pirate."),
    _tone_request("normal|normally", "Speak normally."),
    Rule(r"^user:.*\b(repeat|say that again|pardon|what did you say)\b", Reply("I said: {last}")),
    Rule(r"^user:.*\bwhat('s| is)? ?(the )?time\b", Reply("It is {time}.")),
    Rule(
        r"^user:.*\b(opening|open|hours|close)\b",
        Reply("The front desk is open day and night. The restaurant is open from noon to ten in the evening."),
    ),
    Rule(
        rf"^user:.*\b(?P<what>table|room)\b.*\bfor {_NUMBER}\b",
        Reply(tool="book", arguments={"what": "{what}", "people": "{people}"}),
        "I cannot book from here, but I have noted a {what} for {people}. A colleague will call you back.",
    ),
    Rule(
        rf"^user:\W*(we are |for |just )?{_NUMBER}( people| persons| guests)?\W*$",
        Reply(tool="book", arguments={"what": "table", "people": "{people}"}),
        "I cannot book from here, but I have noted a table for {people}. A colleague will call you back.",
    ),
    Rule(
        r"^user:.*\b(book|booking|reserve|reservation|tables?|rooms?)\b",
        Reply("Gladly. A table or a room, and for how many?"),
    ),
    Rule(r"^user:.*\b(are you (still )?there|can you hear me)\b", Reply("Yes, I am here. How can I help you?")),
    Rule(r"^user:.*\b(still here|i am here|i'm here)\b", Reply("Good. How can I help you?")),
    Rule(r"^user:.*\b(wait|hold on|one moment|one more thing)\b", Reply("Of course. What else can I do for you?")),
    Rule(r"^user:.*\b(help|what can you do|what do you do)\b", Reply(_HELP)),
    Rule(r"^user:.*\bthank", Reply("You are welcome. Is there anything else?")),
    Rule(r"^user:.*\b(hello|hi|hey|good (morning|afternoon|evening))\b", Reply("Hello. How can I help you?")),
)

_DECISIONS = (
    Rule(r'^system:.*\bsay:? ?(exactly)?:? ?["“](?P<line>[^"”]+)["”]', Reply("{line}")),
    Rule(r"^system:.*\bcall\b.*\bback\b", Reply("Shall we call you back later?")),
    Rule(r"^system:.*\bstill (there|here|on the line)\b", Reply("Are you still there?")),
    Rule(r"^system:.*\b(good ?bye|end the call)\b", Reply(_FAREWELL)),
    Rule(r"^system:.*\b(apologi[sz]e|sorry)\b", Reply("I am sorry, something went wrong on our side.")),
    Rule(r"^system:.*\b(greet|welcome|introduce)", Reply("Hello, this is the front desk. How can I help you?")),
    Rule(r"^system:", Reply("How can I help you?")),
)

_RESULTS = (
    Rule(r"^failed:", Reply("I am sorry, that did not work. Is there anything else?")),
    Rule(r"^tool:end_call:", Reply("")),
    Rule(r"^tool:update_instructions:", Reply("Very well. That is how I will speak from now on.")),
    Rule(r"^tool:reset_context:", Reply("Done. We start again. How can I help you?")),
    Rule(r"^tool:\w+:(?P<output>.+)", Reply("{output}")),
    Rule(r"^tool:", Reply("Done.")),
)

FRONT_DESK = RuleSet(
    rules=(*_CALLER, *_DECISIONS, *_RESULTS),
    opening="Hello, this is the front desk. How can I help you?",
    unknown=f"I am sorry, I did not understand that. {_HELP}",
    sounds_like={"to": "two", "too": "two", "for": "four"},
    tones=(
        ToneRule(r"\bbrief", "{first}"),
        ToneRule(r"\bformal", "Certainly, dear guest. {text}"),
        ToneRule(r"\bpirate", "Arr, matey! {text}"),
        ToneRule(r"\bnormal", "{text}"),
    ),
)


def front_desk() -> RuleLLM:
    """Make the offline LLM, which answers with the rules of the front desk."""
    return RuleLLM(FRONT_DESK)
