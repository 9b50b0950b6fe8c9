"""Lists of globs."""

import pytest

from jobs_api.text.globs import chooses


@pytest.mark.parametrize(
    ("globs", "chosen"),
    [
        ([], ["report_daily", "report_hourly", "sync"]),
        (["*"], ["report_daily", "report_hourly", "sync"]),
        (["report_*"], ["report_daily", "report_hourly"]),
        (["report_*", "sync"], ["report_daily", "report_hourly", "sync"]),
        (["report_*", "!report_hourly"], ["report_daily"]),
        (["!report_hourly", "report_*"], ["report_daily"]),
        (["!report_*"], ["sync"]),
        (["!*"], []),
        (["REPORT_*"], []),
        (["!"], ["report_daily", "report_hourly", "sync"]),
    ],
)
def test_globs_choose_names(globs, chosen):
    names = ["report_daily", "report_hourly", "sync"]
    assert [name for name in names if chooses(globs, name)] == chosen
