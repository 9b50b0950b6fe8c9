import pytest
from django.core.files.storage import default_storage

from crm.moderation.contents import MAX_SIZE, text_of
from crm.moderation.judges import NotJudged, Verdict

from ..factories import upload

pytestmark = pytest.mark.django_db
TOO_LONG = "more than 1,000,000 characters"


def why(uploaded):
    """Why a person has to look at it."""
    verdict = text_of(uploaded)
    assert isinstance(verdict, Verdict)
    assert verdict.verdict == "uncertain"
    return verdict.reason


def test_a_text_is_its_own_content():
    assert text_of(upload("Thank you")) == "Thank you"


@pytest.mark.parametrize("content", [b"Gr\xc3\xbc\xc3\x9fe", b"\xef\xbb\xbfGr\xc3\xbc\xc3\x9fe"])
def test_a_text_file_is_read(content):
    assert text_of(upload(content=content)) == "Grüße"


def test_text_and_file_are_judged_together():
    assert text_of(upload("See the file", content=b"Thank you")) == "See the file\nThank you"


@pytest.mark.parametrize("file", ["photo.png", "page.html", "drawing.svg", "letter.pdf", "README"])
def test_only_a_person_can_judge_what_is_no_plain_text(file):
    assert why(upload("fine", content=b"<p>fine</p>", file=file)) == "the file is not plain text"


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", "you idiot".encode("utf-16-le"), b"a\0b", "ä".encode("latin1")]
)
def test_only_a_person_can_judge_what_is_not_utf_8(content):
    assert why(upload(content=content)) == "the file is not UTF-8"


def test_a_file_may_be_as_long_as_the_limit():
    assert len(text_of(upload(content=b"x" * MAX_SIZE))) == MAX_SIZE


@pytest.mark.parametrize("character", ["x", "ä"])
def test_a_longer_file_is_for_a_person(character):
    content = ("x" + character * MAX_SIZE).encode()
    assert why(upload(content=content)) == "the file has more than 1,000,000 bytes"


def test_a_longer_text_is_for_a_person():
    assert why(upload("x" * (MAX_SIZE + 1))) == TOO_LONG
    assert why(upload("x" * MAX_SIZE, content=b"y")) == TOO_LONG


def test_a_missing_file_is_not_judged():
    gone = upload("fine", content=b"fine")
    default_storage.delete(gone.file.name)
    outcome = text_of(gone)
    assert isinstance(outcome, NotJudged)
    assert str(outcome) == "its file cannot be read (FileNotFoundError)"


@pytest.mark.parametrize("name", ["../outside.txt", "/etc/hostname.txt"])
def test_a_name_that_leads_elsewhere_is_for_a_person(name):
    sent = upload("fine", content=b"fine")
    sent.file.name = name
    assert why(sent) == "the name of the file leads out of MEDIA_ROOT"
