"""Lines of calls, with labelled personal data, for `bench.redaction`. Labels: `{card:…}`, `{phone:…}`, `{email:…}`.

Every line was written for this benchmark; no line is from a real call. The card numbers are test numbers of the card
issuers. The phone numbers are invented, or from number ranges that are reserved for fiction. In some lines, offhook's
detectors miss the personal data.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

__all__ = ["Entity", "Sample", "samples"]


def words_of(text: str) -> list[str]:
    return text.split()


WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
GERMAN = ["null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"]
TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
TEENS = words_of("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")


def spoken(digits: str, zero: str = "zero") -> str:
    return " ".join(zero if digit == "0" else WORDS[int(digit)] for digit in digits)


def german(digits: str) -> str:
    return " ".join(GERMAN[int(digit)] for digit in digits)


def doubled(digits: str) -> str:
    """Return the digits in spoken words; for example, 1155 becomes "double one double five"."""
    said: list[str] = []
    for match in re.finditer(r"(\d)\1?", digits):
        word = WORDS[int(match.group(1))]
        said.append(f"double {word}" if len(match.group()) == 2 else word)
    return " ".join(said)


def pairs(digits: str) -> str:
    """Return the digits as spoken two-digit numbers; for example, 4111 becomes "forty one eleven"."""
    said: list[str] = []
    for tens, unit in zip(digits[::2], digits[1::2], strict=False):
        match (int(tens), int(unit)):
            case (0, one):
                said.append(f"oh {WORDS[one]}")
            case (1, one):
                said.append(TEENS[one])
            case (ten, 0):
                said.append(TENS[ten])
            case (ten, one):
                said.append(f"{TENS[ten]} {WORDS[one]}")
    return " ".join(said) + (f" {WORDS[int(digits[-1])]}" if len(digits) % 2 else "")


def fours(digits: str, between: str = " ") -> str:
    return between.join(digits[start : start + 4] for start in range(0, len(digits), 4))


CARDS = words_of(
    "4111111111111111 4242424242424242 5555555555554444 5105105105105100 378282246310005 371449635398431 "
    "6011111111111117 6011000990139424 3530111333300000 30569309025904 38520000023237 4000056655665556 "
    "2223003122003222 4012888888881881 6200000000000005 5200828282828210"
)
CARD_FORMS: list[Callable[[str], str]] = [
    str,
    fours,
    lambda digits: fours(digits, "-"),
    spoken,
    lambda digits: spoken(digits, "oh"),
    doubled,
    pairs,
    lambda digits: ", ".join(spoken(part) for part in fours(digits).split()),
    " ".join,
    german,
]
CARD_LINES = [
    "my card number is {}",
    "{}",
    "yes it's {} and it expires in twelve twenty nine",
    "okay so that would be {} thanks",
    "Can you charge {}, please?",
    "uh let me see, {}",
    "the Visa ends, no wait, the whole thing is {} okay?",
    "I'd like to pay with {} if that works",
    "the number on the front says {}",
    "book_room({{'card': '{}'}}) -> done",
]
WRITTEN_PHONES = [
    "+14155550132",
    "4155552671",
    "(415) 555-2671",
    "415-555-2671",
    "212.555.0187",
    "1-800-555-0199",
    "+44 20 7946 0958",
    "020 7946 0958",
    "07700 900123",
    "+49 171 1234567",
    "0171 1234567",
    "030 901820",
    "+33 1 42 68 53 00",
    "01 42 68 53 00",
    "+34 912 345 678",
    "0044 20 7946 0018",
]
SPOKEN_PHONES = [
    spoken("4155552671"),
    spoken("2125550187", "oh"),
    "plus " + spoken("14155550132"),
    "plus four four " + spoken("2079460958"),
    spoken("07700900123", "oh"),
    doubled("07700900123"),
    "oh one seven one, " + spoken("1234567"),
    "eight hundred " + spoken("5550199"),
    "four one five, five five five, two six seven one",
    "four fifteen, " + spoken("5552671"),
    german("01711234567"),
    "two one two uh five five five um zero one eight seven",
]
PHONE_LINES = [
    "my number is {}",
    "you can reach me at {}",
    "call me back on {} after six",
    "it's {}",
    "the best phone number would be {} thank you",
    "{}, that's my cell",
    "text me at {} please",
    "sure, {}",
]
WRITTEN_EMAILS = [
    "ada@example.com",
    "ada.byron@example.co.uk",
    "a.b+calls@mail.example.org",
    "info@my-shop.de",
    "j_doe99@example.io",
    "Müller@example.de",
    "SALES@EXAMPLE.COM",
]
SPOKEN_EMAILS = [
    "john at example dot com",
    "john dot doe at example dot com",
    "j o h n at gmail dot com",
    "ada underscore byron at example dot co dot uk",
    "info at my dash shop dot de",
    "john one two three at example dot net",
    "mary at mail dot example dot org",
    "bob ninety nine at g mail dot com",
    "grace hopper at example dot edu",
    "john at gmail.com",
    "d e e at hotmail dot com",
    "müller at example punkt de",
]
EMAIL_LINES = [
    "my email is {}",
    "send it to {} please",
    "it's {}",
    "the address is {} all lower case",
    "sure, {}",
    "you can write to {} any time",
    "{}",
]

TURNS = [
    # Each text has several turns of one call: a slash separates the turns, and > starts a turn of the agent.
    "my card is {card:four one one one} / {card:one one one one} / {card:one one one one} / {card:one one one one}",
    "{card:4242 4242} / >and the rest? / {card:4242 4242}",
    "sure, {card:5555 5555} / >go on / then {card:5555 4444} that's it",
    "{card:three seven eight two} / {card:eight two two four six three} / {card:one zero zero zero five}",
    "it starts with {card:4012 8888} / >got it / and the next ones are {card:8888 1881}",
    "{card:6011 1111} / one moment please / {card:1111 1117}",
    ">so that's {card:4111 1111} / yes / >and {card:1111 1111} / exactly",
    "{card:5105} / {card:1051} / {card:0510} / {card:5100}",
    "the card is {card:forty one eleven} {card:eleven eleven} / {card:eleven eleven eleven eleven}",
    "{card:2223 0031} / >yes / uh {card:2200 3222}",
    ">What is your phone number? / {phone:four one five} / >yes / {phone:five five five} / {phone:two six seven one}",
    ">May I have a phone number? / {phone:212 555} / >go ahead / {phone:0187}",
    ">Your mobile number please? / {phone:oh seven seven double oh} / {phone:nine double oh one two three}",
    "call me at {phone:415} / {phone:555} / {phone:2671}",
    ">And the number to reach you? / {phone:0171} / {phone:1234567}",
    ">phone? / {phone:five five five two six seven one}",
    "{card:4111 1111 1111} / >I heard twelve digits, and the last four? / {card:1111}",
    "{card:3530 1113} / hmm where is it / sorry, {card:3330 0000}",
]
MISSED_OR_HARD = [
    # These lines are hard: for example, the STT writes numbers as other words, or the caller speaks another language.
    "my card is {card:for won won won won won won won won won won won won won won won}",
    "{card:quatre un un un un un un un un un un un un un un un}",
    "the number is {phone:cinco cinco cinco uno dos tres cuatro}",
    "my card number is {card:4111 1111 1111 1112} I think",
    "write to {email:ada arroba example punto com}",
    "it's {phone:five five five two six seven one}",
    "my mail is {email:ada at example}",
    "{card:forty one hundred eleven, eleven eleven, eleven eleven, eleven eleven}",
    "my phone is {phone:fifty five fifty two sixty seven one}",
    "that's {email:ada with an e at example dot com}",
]
PLAIN = [
    "I'd like a room for two from May third to May seventh.",
    "The total is 1,234.50 dollars.",
    "It is 10:30 on 2026-11-30.",
    "Order number 4155552671, please.",
    "my order number is one two three four five six seven eight nine",
    "the tracking number is 1Z999AA10123456784",
    "My confirmation code is 8 8 2 7 1 9 3 3.",
    "I live at 12 Main Street, San Francisco 94110.",
    "we looked at amazon dot com yesterday",
    "I am at booking dot com right now",
    "I bought it at example.com",
    "look at the site, it's example dot com",
    "One moment, I have one or two questions.",
    "There are seven of us, four adults and three children.",
    "twenty five people, maybe thirty",
    "The invoice 2026000123456 is from last week.",
    "customer number 1000200030004000",
    "Call me tomorrow at nine thirty.",
    "I called at ten, eleven and twelve, and nobody answered.",
    "We open at eight and close at five.",
    "My account ends in 4 4 4 4.",
    "Give me the red one, not the blue one.",
    "one two three testing testing",
    "the year nineteen eighty four",
    "Flight LH 454 at 13:45, gate 22.",
    "The code is four seven one one.",
    "room 1204 on the twelfth floor",
    "It costs three hundred and forty nine dollars.",
    "My booking reference is 7715 2231 90.",
    "policy number 55512345678901",
    "he is 1 metre 85 and weighs 80 kilos",
    "version 1.8.9 of livekit agents",
    "They moved from 10115 Berlin to 80331 Munich.",
    "ten nine eight seven six five four three two one go",
    "I paid 20 on Monday, 30 on Tuesday and 15 on Friday.",
    "ticket 4000 1234 5678 9010 was printed twice",
    "between 2019 and 2023 we had 5 cars",
    "my pin is, well, I will not tell you",
    "the ISBN is 978 0 306 40615 7",
    "we met at the office at two",
    # Only more context could show that these lines contain no personal data.
    "the machine prints 4539 1488 0343 6467 on every box",
    "the meter says 0171 1234567",
    "type 415 555 2671 into the calculator",
    "the newspaper at times dot com wrote about it",
]


@dataclass(frozen=True, slots=True)
class Entity:
    """One piece of personal data: `text[start:end]` in the text of the turn with the index `turn`."""

    turn: int
    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Sample:
    """The turns of one sample, and the personal data in the turns."""

    turns: Sequence[tuple[str, str]]
    entities: Sequence[Entity]


def samples() -> list[Sample]:
    """Return all samples, in a fixed order."""
    return [_sample(line) for line in _lines()]


def _lines() -> Iterator[str]:
    templates = cycle(CARD_LINES)
    for place, card in enumerate(CARDS):
        for form in (CARD_FORMS[(place + step) % len(CARD_FORMS)] for step in range(6)):
            yield _filled(next(templates), "card", form(card))
    yield from _combined(PHONE_LINES, "phone", [*WRITTEN_PHONES, *SPOKEN_PHONES], 3)
    yield from _combined(EMAIL_LINES, "email", [*WRITTEN_EMAILS, *SPOKEN_EMAILS], 4)
    yield from (*TURNS, *MISSED_OR_HARD, *PLAIN)


def _combined(lines: Sequence[str], label: str, values: Sequence[str], each: int) -> Iterator[str]:
    templates = cycle(lines)
    for value in values:
        for _ in range(each):
            yield _filled(next(templates), label, value)


def _filled(template: str, label: str, value: str) -> str:
    return template.format(f"{{{label}:{value}}}")


def _sample(line: str) -> Sample:
    turns: list[tuple[str, str]] = []
    entities: list[Entity] = []
    for part in line.split(" / "):
        who, marked = ("agent", part[1:]) if part.startswith(">") else ("caller", part)
        text = ""
        position = 0
        for match in re.finditer(r"\{(card|phone|email):([^}]*)\}", marked):
            text += marked[position : match.start()]
            entities.append(Entity(len(turns), len(text), len(text) + len(match.group(2)), match.group(1)))
            text += match.group(2)
            position = match.end()
        turns.append((who, text + marked[position:]))
    return Sample(turns, entities)
