import os
import subprocess
import sys

import profanity_check
import pytest

from crm.moderation.judges import ask_model

POLITE = "Thank you for the quick delivery, the laptop works well."


def verdicts(*texts):
    return [outcome.verdict for outcome in ask_model(texts)]


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (POLITE, "approved"),
        ("Please call me back about order 17.", "approved"),
        ("you stupid idiot", "rejected"),
        ("You are a moron and a liar!", "rejected"),
        ("Your driver was rude and lazy", "uncertain"),
        ("Dick Van Dyke ordered a lamp", "uncertain"),
        ("Die Lieferung kam zu spät", "uncertain"),
    ],
)
def test_it_tells_polite_from_rude_and_leaves_doubt_to_a_person(text, verdict):
    assert verdicts(text) == [verdict]


def test_the_reason_is_the_score():
    (outcome,) = ask_model(["you stupid idiot"])
    assert outcome.reason == "model: 1.00 offensive"


def test_many_texts_each_get_their_own_verdict_in_their_order():
    texts = [POLITE, f"{POLITE} " * 20, "you stupid idiot", "", POLITE]
    assert verdicts(*texts) == ["approved", "approved", "rejected", "uncertain", "approved"]


def test_the_model_is_asked_once_for_many_texts(monkeypatch):
    asked, predict_prob = [], profanity_check.predict_prob
    monkeypatch.setattr(
        profanity_check, "predict_prob", lambda texts: asked.append(texts) or predict_prob(texts)
    )
    ask_model([POLITE] * 50)
    assert len(asked) == 1


@pytest.mark.parametrize("place", [0, 50, 100])
def test_an_insult_does_not_hide_in_a_long_friendly_text(place):
    polite = [POLITE] * 100
    text = " ".join([*polite[:place], "you stupid idiot", *polite[place:]])
    assert verdicts(text, " ".join(polite)) == ["rejected", "approved"]


@pytest.mark.parametrize("text", ["", " \n", "Большое спасибо", "🙂", "the it of"])
def test_of_what_it_does_not_understand_it_knows_nothing_good(text):
    (outcome,) = ask_model([text])
    assert (outcome.verdict, outcome.reason) == ("uncertain", "model: knows none of the words")


def test_no_texts_are_no_verdicts():
    assert ask_model([]) == []


def python(*arguments):
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "settings.test"}
    return subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, check=False)


def test_the_model_fits_the_libraries_it_is_read_with():
    """Of one that was stored by another version, scikit-learn warns."""
    told = python("-W", "error::UserWarning", "-c", "from profanity_check import predict; predict(['hello'])")
    assert (told.returncode, told.stderr) == (0, b"")


def test_a_process_loads_the_model_only_for_moderation():
    told = python(
        "-c",
        "import sys, django; django.setup();"
        "from django.core.management import call_command, load_command_class;"
        "call_command('check'); load_command_class('crm', 'moderate_uploads');"
        "from settings import urls, wsgi;"
        "sys.exit(any(name in sys.modules for name in ('profanity_check', 'sklearn', 'numpy')))",
    )
    assert told.returncode == 0, told.stderr
