"""The silences of a dialogue are labelled by what the other person does."""

from pathlib import Path

from bench.endpointing.dialogues import Word, dialogues, silences
from bench.endpointing.labels import Recording

RECORDING = Recording(Path("q1ec"), "map task", False, {})
SPEECH = (Word(0.0, 0.5, "go"), Word(0.6, 1.0, "left"), Word(2.0, 2.5, "then up"))


def labels(*others: Word) -> list[tuple[str, str]]:
    return [(one.label, one.text) for one in silences(RECORDING, SPEECH, others)]


def test_a_person_who_goes_on_has_not_finished() -> None:
    assert labels() == [("inside", "go left")]


def test_the_other_persons_turn_ends_the_turn_and_a_new_turn_begins_without_words() -> None:
    assert labels(Word(1.2, 1.7, "to the lake"), Word(2.7, 3.5, "where")) == [("end", "go left"), ("end", "then up")]


def test_a_backchannel_does_not_end_the_turn() -> None:
    assert labels(Word(1.2, 1.4, "uh-huh"), Word(2.7, 3.5, "where")) == [
        ("inside", "go left"),
        ("end", "go left then up"),
    ]


def test_a_silence_in_which_the_other_person_spoke_already_has_no_label() -> None:
    assert labels(Word(0.9, 1.6, "what"), Word(2.7, 3.5, "where")) == [("end", "then up")]


def test_the_question_before_the_turn_is_known_unless_it_is_long_ago() -> None:
    soon, long_ago = Word(-0.5, -0.1, "lake", "is there a lake?"), Word(-9.0, -8.0, "lake", "is there a lake?")
    assert [one.question for one in silences(RECORDING, SPEECH, [soon])] == ["is there a lake?"]
    assert [one.question for one in silences(RECORDING, SPEECH, [long_ago])] == [""]


def test_the_annotations_of_a_corpus_are_read(tmp_path: Path) -> None:
    (tmp_path / "timed-units").mkdir()
    (tmp_path / "moves").mkdir()
    giver = (
        '<r><tu id="a.1" start="0" end="0.3">got</tu><sil id="a.2"/><tu id="a.3" start="0.3" end="0.9">one</tu>'
        '<tu id="a.4" start="3" end="3.6">good</tu></r>'
    )
    follower = '<r><tu id="b.1" start="1.5" end="2.1">yes</tu></r>'
    for role, units in (("g", giver), ("f", follower)):
        (tmp_path / "timed-units" / f"q1ec1.{role}.timed-units.xml").write_text(units)
    asks = '<r><move label="query_yn"><child href="q1ec1.g.timed-units.xml#id(a.1)..id(a.3)"/></move></r>'
    (tmp_path / "moves" / "q1ec1.g.moves.xml").write_text(asks)
    (tmp_path / "moves" / "q1ec1.f.moves.xml").write_text('<r><move label="reply_y"/></r>')
    asked, answered = dialogues(tmp_path)
    assert (asked.label, asked.text, asked.question) == ("end", "got one", "")
    assert (asked.silence.stopped, asked.silence.resumed) == (0.9, 3.0)
    assert (answered.label, answered.text, answered.question) == ("end", "yes", "got one?")
    assert answered.recording.path == Path("q1ec")
