"""The dashboard's texts have a whole catalogue in each language, and users get it compiled."""

import re
from pathlib import Path

import django
import polib
import pytest

from tools import translations

CATALOGUES = sorted(translations.LOCALE.glob("*/LC_MESSAGES/django.po"))
SHORT = ("date format", "column")
"""Contexts of texts that may be abbreviated."""
PLACE = re.compile(r"%\(\w+\)[sd]|%%|%[nits]\b|<[^>]+>")


@pytest.fixture(scope="module")
def found():
    return translations.texts()


@pytest.fixture(params=CATALOGUES, ids=lambda path: path.parts[-3])
def catalogue(request):
    return polib.pofile(str(request.param))


def forms(entry):
    """Each text with its translation."""
    if not entry.msgid_plural:
        return [(entry.msgid, entry.msgstr)]
    return [
        (entry.msgid if number == 0 else entry.msgid_plural, each)
        for number, each in entry.msgstr_plural.items()
    ]


def test_there_is_a_second_language():
    assert [path.parts[-3] for path in CATALOGUES] == ["de"]


def test_every_text_is_in_the_catalogue_and_nothing_else(found, catalogue):
    known = {(each.msgctxt or "", each.msgid, each.msgid_plural) for each in catalogue}
    assert known == set(found), "`make translations` brings the catalogue up to date."


def test_every_text_is_translated(catalogue):
    assert translations.missing(catalogue) == []
    assert catalogue.metadata["Plural-Forms"] == "nplurals=2; plural=(n != 1);"
    assert all(set(each.msgstr_plural) == {0, 1} for each in catalogue if each.msgid_plural)


def test_a_translation_has_the_same_places_and_tags(catalogue):
    """The singular may name the number or not."""
    for entry in catalogue:
        for text, written in forms(entry):
            assert sorted(PLACE.findall(written)) == sorted(PLACE.findall(text)), text


def test_a_translation_begins_and_ends_like_its_text(catalogue):
    for entry in catalogue:
        for text, written in [] if entry.msgctxt in SHORT else forms(entry):
            assert _ends(written) == _ends(text), text


def _ends(text):
    return text[:1].isspace(), text[-1:].isspace(), text[-1] in ".?:"


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_what_is_shipped_is_what_is_written(path):
    written, shipped = polib.pofile(str(path)), polib.mofile(str(path.with_suffix(".mo")))

    def told(catalogue):
        return {(each.msgctxt, each.msgid): forms(each) for each in catalogue if each.msgid}

    assert told(shipped) == told(written), "`make translations` compiles it."


def test_texts_are_found_in_code_under_any_name():
    code = (
        "from django.utils.translation import gettext as _, npgettext_lazy as many\n"
        "a = _('One ' 'text')\n"
        "b = many('context', 'a job', 'jobs', 3)\n"
        "c = other('no text')\n"
    )
    assert list(translations.in_code(code)) == [
        (("", "One text", ""), 2),
        (("context", "a job", "jobs"), 3),
    ]


def test_texts_are_found_in_templates_that_load_nothing():
    template = """
        <p title="{% translate 'A "title" (so)' %}">
        {% blocktranslate with n=a|x:"1" %}Of {{ n }}: 5 %{% endblocktranslate %}
        {% blocktranslate trimmed count n=b %} one
          {% plural %} {{ n }} many {% endblocktranslate %}
        {% translate "State" context "list" as title %}"""
    assert [text for text, _ in translations.in_template(template)] == [
        ("", 'A "title" (so)', ""),
        ("", "Of %(n)s: 5 %%", ""),
        ("", "one", "%(n)s many"),
        ("list", "State", ""),
    ]


def test_a_new_text_is_empty_and_one_that_is_gone_is_removed():
    catalogue = polib.POFile()
    catalogue.append(polib.POEntry(msgid="Stays", msgstr="Bleibt"))
    catalogue.append(polib.POEntry(msgid="Goes", msgstr="Geht"))
    wanted = {translations.Text("", text, ""): [("a.py", "1")] for text in ("Stays", "Comes")}
    translations.merge(catalogue, wanted)
    assert [(each.msgid, each.msgstr) for each in catalogue] == [("Stays", "Bleibt"), ("Comes", "")]
    assert translations.missing(catalogue) == ["Comes"]


def test_scripts_bring_no_words_of_their_own():
    """They show what the page has for them in its attributes."""
    keys = {"Enter", "Escape"}
    for path in (translations.PACKAGE / "static/jobs_api/dashboard/js").glob("*.js"):
        code = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        texts = ["".join(each) for each in re.findall(r'"([^"\n]*)"|`([^`]*)`', code)]
        words = [each for each in texts if re.search(r"[A-Z][a-z]+ [a-z]|^[A-Z][a-z]+[.…!]?$", each)]
        assert set(words) <= keys, path.name


def test_what_django_says_too_is_said_in_its_words(catalogue):
    """A project has one catalogue: ours would change Django's forms and admin, and theirs our pages."""
    ours = {each.msgid: each.msgstr for each in catalogue if not each.msgctxt}
    folder = Path(django.__file__).parent
    files = [*folder.glob("conf/locale/de/**/django.mo"), *folder.glob("contrib/*/locale/de/**/django.mo")]
    assert len(files) > 5
    theirs = {e.msgid: e.msgstr for file in files for e in polib.mofile(str(file)) if not e.msgctxt}
    same = ours.keys() & theirs.keys()
    assert {text: ours[text] for text in same} == {text: theirs[text] for text in same}, "Give it a context."
