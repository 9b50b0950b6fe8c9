"""Count jobs_api's files and functions, and draw its rooms from the real imports.

`python -m tools.architecture` prints both; `--write` puts them into docs/architecture.md.
"""

from __future__ import annotations

import argparse
import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

import grimp

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "jobs_api"
PAGE = ROOT / "docs" / "architecture.md"
NOT_COUNTED = "migrations"


class Size(NamedTuple):
    """A file or a function, and how many lines it has."""

    lines: int
    name: str


class Counts(NamedTuple):
    """What the page quotes."""

    files: list[Size]
    functions: list[Size]

    def lines(self) -> list[str]:
        """One line about the files, one about the functions."""
        return [
            f"{len(sizes)} {kind}, {sum(size.lines for size in sizes):,} lines in all, "
            f"median {median(size.lines for size in sizes):.0f} lines, "
            f"longest {max(sizes).lines} (`{max(sizes).name}`)"
            for kind, sizes in (("files", self.files), ("functions", self.functions))
        ]


def counts() -> Counts:
    """The sizes of all files, and of all functions and methods, without the migrations."""
    paths = [path for path in sorted(PACKAGE.rglob("*.py")) if NOT_COUNTED not in path.parts]
    files = [Size(path.read_text().count("\n"), str(path.relative_to(ROOT))) for path in paths]
    return Counts(
        [size for size in files if size.lines], [size for path in paths for size in _functions(path)]
    )


def _functions(path: Path) -> Iterator[Size]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert node.end_lineno is not None
            yield Size(node.end_lineno - node.lineno + 1, f"{path.relative_to(PACKAGE)}: {node.name}")


# -- the drawing ------------------------------------------------------------------------------


def floors() -> list[list[str]]:
    """The layer list of import-linter, top floor first, as far as the rooms are there."""
    found = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contract = next(
        entry
        for entry in found["tool"]["importlinter"]["contracts"]
        if entry.get("containers") == ["jobs_api"]
    )
    named = [re.findall(r"[a-z_]+", line) for line in contract["layers"]]
    return [[room for room in line if _is_there(room)] for line in named]


def _is_there(room: str) -> bool:
    return (PACKAGE / room).is_dir() or (PACKAGE / f"{room}.py").exists()


def arrows() -> set[tuple[str, str]]:
    """Which room imports which, by the real imports; those for types alone are left out."""
    graph = grimp.build_graph("jobs_api", exclude_type_checking_imports=True)
    found = {
        (_room(module), _room(imported))
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
    }
    return {(one, other) for one, other in found if one != other and "" not in (one, other)}


def _room(module: str) -> str:
    return ".".join(module.split(".")[1:2])


def shortest(found: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Without the arrows that a longer way replaces: A to C, where A leads to B and B to C."""
    reached = {one: _reach(one, found) for one, _ in found}
    return {
        (one, other)
        for one, other in found
        if not any(
            other in reached.get(middle, set()) for start, middle in found if start == one and middle != other
        )
    }


def _reach(room: str, found: set[tuple[str, str]]) -> set[str]:
    seen: set[str] = set()
    todo = [room]
    while todo:
        here = todo.pop()
        todo += [other for one, other in found if one == here and other not in seen]
        seen |= {other for one, other in found if one == here}
    return seen


def drawing() -> str:
    """The rooms as a Mermaid flowchart, a floor each, with the arrows that no longer way replaces."""
    rooms = [room for floor in floors() for room in floor]
    lines = ["```mermaid", "flowchart TB"]
    for number, floor in enumerate(floors()):
        lines += [f'    subgraph floor{number}[" "]', "        direction LR"]
        lines += [f"        {room}" for room in floor]
        lines += ["    end"]
    kept = {(one, other) for one, other in shortest(arrows()) if one in rooms and other in rooms}
    lines += [f"    {one} --> {other}" for one, other in sorted(kept)]
    return "\n".join([*lines, "```"])


# -- the page ---------------------------------------------------------------------------------


def parts() -> dict[str, str]:
    """What stands between which marks of the page."""
    return {"drawing": drawing(), "counts": "\n".join(f"- {line}" for line in counts().lines())}


def written(page: str) -> str:
    """The page with its parts as they are now."""
    for name, text in parts().items():
        page = re.sub(
            rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)",
            lambda found, text=text: f"{found[1]}{text}\n{found[2]}",  # type: ignore[misc]
            page,
            flags=re.DOTALL,
        )
    return page


def main() -> None:
    """Print the parts, or write them into the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="write them into docs/architecture.md")
    if parser.parse_args().write:
        PAGE.write_text(written(PAGE.read_text()))
        return
    print(*parts().values(), sep="\n\n")


if __name__ == "__main__":
    main()
