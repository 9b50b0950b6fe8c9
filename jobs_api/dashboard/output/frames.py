"""Whose code a frame is in: the project's own, or that of Python, Django and libraries; and its path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from os.path import commonpath

from django.apps import apps
from django.conf import settings

from jobs_api.dashboard.output.traceback import Frame

_LIBRARY = re.compile(
    r"(?:^|/)(?:site-packages|dist-packages)/"
    r"|(?:^|/)lib(?:64)?/python\d[^/]*/|(?:^|/)python\d[^/]*\.zip/|(?:^|/)Python\d+/Lib/"
    r"|^<frozen |^<__array_function__"
    r"|(?:^|/)django/(?:apps|conf|contrib|core|db|dispatch|forms|http|middleware|tasks|template|test|urls|utils|views)/"
    r"|(?:^|/)jobs_api/(?:arguments|bridges|database|execution|executors|management|runs|testing|triggers|worker)/"
)


def plain(path: str) -> str:
    """A path with slashes, whatever system has written it."""
    return path.replace("\\", "/")


def is_library(frame: Frame) -> bool:
    """Whether it is in code of Python, Django or a library, as far as the path tells."""
    return bool(_LIBRARY.search(plain(frame.path)))


def shortened(frames: Sequence[Frame]) -> dict[str, str]:
    """The paths of these frames as short as they can be, by the paths themselves.

    Of a library what is behind its folder; of the project what begins with one of its packages; of the others
    what is behind the folder that all have in common.
    """
    paths = {frame.path for frame in frames}
    short = {path: _of_library(path) or _of_project(path) for path in paths}
    folder = _common(plain(path) for path in paths if not short[path])
    return {path: found or _behind(folder, path) for path, found in short.items()}


def _of_library(path: str) -> str:
    parts = re.split(r"/(?:site-packages|dist-packages|lib(?:64)?/python\d[^/]*)/", plain(path))
    return parts[-1] if len(parts) > 1 else ""


def _of_project(path: str) -> str:
    """From the first folder on that has the name of one of the project's packages."""
    folders = plain(path).split("/")
    for number, folder in enumerate(folders[:-1]):
        if number and folder in _packages():
            return "/".join(folders[number:])
    return ""


def _common(paths: Iterable[str]) -> str:
    """The folder that all of these paths have in common; empty where that says nothing."""
    known = {path for path in paths if path.startswith("/")}
    folder = commonpath(known) if len(known) > 1 else ""
    return folder if len(folder) > 1 else ""


def _behind(folder: str, path: str) -> str:
    written = plain(path)
    return written[len(folder) :].lstrip("/") if folder and written.startswith("/") else path


@cache
def _packages() -> frozenset[str]:
    """The outermost packages of the apps of this project, and of its settings."""
    names = [config.name for config in apps.get_app_configs() if not _is_installed(config.path)]
    names += [str(getattr(settings, "ROOT_URLCONF", "")), str(getattr(settings, "SETTINGS_MODULE", ""))]
    return frozenset(name.partition(".")[0] for name in names if name)


def _is_installed(path: str) -> bool:
    return bool(re.search(r"/(?:site|dist)-packages/", plain(path)))
