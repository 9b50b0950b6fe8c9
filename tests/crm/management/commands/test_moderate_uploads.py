import json
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.management.base import CommandError

from crm import moderation
from crm.management.commands import moderate_uploads
from crm.models import Upload
from crm.moderation.judges import NotJudged, Verdict
from jobs_api.execution.current import CurrentRun

from ...factories import NOW, ago, upload
from ...running import run
from ...serving import serving

pytestmark = pytest.mark.django_db
POLITE, RUDE, DOUBTFUL = "Thank you for the lamp.", "you stupid idiot", "Your driver was rude and lazy"
NO_ONE_YET = ("pending", "", None)


def moderate(**how):
    return run("moderate_uploads", **({"run_date": NOW} | how))


def found(uploaded):
    """What became of an upload."""
    return Upload.objects.values_list("status", "reason", "checked_at").get(pk=uploaded.pk)


def test_each_upload_is_approved_or_rejected_or_waits_for_a_person():
    polite, rude, doubtful = (upload(text) for text in (POLITE, RUDE, DOUBTFUL))
    moderate()
    assert found(polite) == ("approved", "model: 0.00 offensive", NOW)
    assert found(rude) == ("rejected", "model: 1.00 offensive", NOW)
    assert found(doubtful) == ("pending", "model: 0.54 offensive", NOW)
    assert list(Upload.objects.for_a_person()) == [doubtful]


def test_files_are_judged_by_what_is_in_them():
    rude, picture = upload(content=RUDE.encode()), upload(content=b"\x89PNG", file="photo.png")
    moderate()
    assert found(rude)[0] == "rejected"
    assert found(picture) == ("pending", "the file is not plain text", NOW)


def test_it_tells_each_by_number_and_not_by_what_was_written():
    polite, rude, doubtful = (upload(text) for text in (POLITE, RUDE, DOUBTFUL))
    assert moderate().splitlines() == [
        f"Upload {polite.pk}: approved.",
        f"Upload {rude.pk}: rejected.",
        f"Upload {doubtful.pk}: uncertain.",
        "Uploads: 1 approved, 1 rejected, 1 for a person.",
    ]


def test_what_came_after_the_slot_is_left_to_the_next_one():
    on_time, late = upload(POLITE, created_at=NOW), upload(POLITE, created_at=NOW + timedelta(seconds=1))
    moderate()
    assert (found(on_time)[0], found(late)) == ("approved", NO_ONE_YET)


def test_what_a_person_decided_stays():
    decided = upload(RUDE)
    Upload.objects.decide("approved", "by Grace", now=ago(minutes=30))
    assert moderate() == "Uploads: 0 approved, 0 rejected, 0 for a person.\n"
    assert found(decided)[1] == "by Grace"


def test_what_a_person_decides_while_it_runs_stays(monkeypatch):
    uploaded, judge = upload(RUDE), moderation.judge

    def judge_slowly(uploads):
        Upload.objects.decide("approved", "by Grace", now=NOW)
        return judge(uploads)

    monkeypatch.setattr(moderation, "judge", judge_slowly)
    assert moderate().startswith(f"Upload {uploaded.pk}: decided by somebody else meanwhile.\n")
    assert found(uploaded)[:2] == ("approved", "by Grace")


def test_a_missing_file_fails_the_job_after_all_others_are_judged():
    gone, rude = upload(content=b"fine"), upload(RUDE)
    default_storage.delete(gone.file.name)
    with pytest.raises(CommandError, match="1 uploads could not be judged"):
        moderate()
    assert (found(gone), found(rude)[0]) == (NO_ONE_YET, "rejected")


def test_a_service_without_a_reason_that_can_be_shown_stops_no_other(settings):
    odd, polite = upload(RUDE), upload(POLITE)
    with serving() as server:
        settings.CRM_MODERATION_URL = server.url
        reasons = {POLITE: "a\0b", RUDE: "\x1c"}
        server.answer = lambda asked: (
            200,
            {},
            json.dumps({"verdict": "approved", "reason": reasons[json.loads(asked.body)["text"]]}).encode(),
        )
        with pytest.raises(CommandError, match="1 uploads could not be judged"):
            moderate()
    assert (found(odd), found(polite)) == (NO_ONE_YET, ("approved", "ab", NOW))


def test_what_could_not_be_judged_is_judged_next_time(monkeypatch):
    uploaded = upload(POLITE)
    with monkeypatch.context() as patch:
        patch.setattr(moderation, "judge", lambda uploads: [NotJudged("nobody is there")] * len(uploads))
        with pytest.raises(CommandError):
            moderate()
    moderate()
    assert found(uploaded)[0] == "approved"


def test_a_service_judges_where_one_is_configured(settings):
    polite = upload(POLITE)
    with serving() as server:
        settings.CRM_MODERATION_URL = server.url
        server.answer = (200, {}, json.dumps({"verdict": "rejected", "reason": "house rules"}).encode())
        moderate()
    assert found(polite) == ("rejected", "house rules", NOW)


def test_a_service_that_is_down_fails_the_job_and_decides_nothing(settings):
    polite = upload(POLITE)
    with serving() as gone:
        settings.CRM_MODERATION_URL = gone.url
    with pytest.raises(CommandError, match="1 uploads could not be judged"):
        moderate()
    assert found(polite) == NO_ONE_YET


def test_the_model_is_asked_once_per_batch(monkeypatch):
    asked = []

    def judge(uploads):
        asked.append(len(uploads))
        return [Verdict(verdict="approved", reason="fine")] * len(uploads)

    monkeypatch.setattr(moderation, "judge", judge)
    for _ in range(moderate_uploads.BATCH + 5):
        upload(POLITE)
    current = CurrentRun(job_name="moderate_uploads", run_date=NOW, attempt=1)
    moderate(within=current)
    assert asked == [moderate_uploads.BATCH, 5]
    assert (current.done, current.total) == (sum(asked),) * 2
