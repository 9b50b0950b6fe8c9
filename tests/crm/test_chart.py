import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings

from crm.chart import HEIGHT, WIDTH, describe, draw
from crm.report import Week


def weeks(*revenues):
    return [Week(date(2026, 8, 31) + timedelta(weeks=n), Decimal(each)) for n, each in enumerate(revenues)]


def test_it_is_a_png_of_twice_the_size_shown():
    png = draw(weeks(*range(12)))
    assert png.startswith(b"\x89PNG\r\n")
    assert struct.unpack(">II", png[16:24]) == (2 * WIDTH, 2 * HEIGHT)


def test_weeks_without_revenue_have_a_chart_too():
    assert draw(weeks(0, 0, 0)).startswith(b"\x89PNG")


def test_other_figures_give_another_picture():
    assert draw(weeks(1, 2, 3)) != draw(weeks(1, 2, 4))


def test_several_threads_draw_the_same():
    figures = [weeks(*range(12)), weeks(*range(12, 0, -1))] * 4
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(draw, figures)) == [draw(each) for each in figures[:2]] * 4


def test_whoever_cannot_see_it_is_told_what_it_shows():
    assert describe(weeks("10.50", "1200.00", "3.00", "7.25")) == (
        "Bar chart of revenue per week, 4 weeks. Least: 3.00 in the week of 14 September. "
        "Most: 1,200.00 in the week of 7 September. Last week: 7.25."
    )


def test_the_plotting_library_is_loaded_by_nobody_who_does_not_draw():
    """It takes a second that every start of every command would cost."""
    code = """
import sys, django
django.setup()
import settings.urls
from django.core.management import get_commands, load_command_class
from django.core.checks import run_checks
for name, app in get_commands().items():
    if app == "crm":
        load_command_class(app, name)
run_checks()
print("matplotlib" in sys.modules)
"""
    said = subprocess.check_output([sys.executable, "-c", code], cwd=settings.BASE_DIR, text=True)
    assert said == "False\n"
