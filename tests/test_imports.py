"""The rooms of the program: what each may import, how full it is, how long parameter lists are."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).parents[1] / "indexer"
# Below everything: the version, the base of errors, and Ctrl-C.
BOTTOM: Final = {"", "errors", "interruption"}
INDEX: Final = {"schema", "index"}
ALLOWED: Final = {
    "docker": set(),
    "schema": set(),
    "index": {"schema"},
    "integrity": INDEX,
    "trace": INDEX,
    "queries": INDEX,
    "fleet": INDEX,
    "sync": INDEX | {"docker", "integrity"},
    "check": INDEX | {"docker", "sync", "integrity", "queries"},
    "web": INDEX | {"queries", "trace"},
    "cli": INDEX | {"docker", "integrity", "trace", "queries", "fleet", "sync", "check", "web"},
    "__main__": {"cli"},
}
"""What a folder directly under the package may import of ours, besides itself and the bottom."""
MOST_MODULES: Final = 17
MOST_PARAMETERS: Final = 7


def modules() -> list[Path]:
    """All modules of the program."""
    return sorted(PACKAGE.rglob("*.py"))


@cache
def imports() -> frozenset[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Pairs of a module and one of ours that it imports, also where only types are checked."""
    found = set()
    for path in modules():
        importer = path.relative_to(PACKAGE).with_suffix("").parts
        for node in ast.walk(ast.parse(path.read_text())):
            names = [it.name for it in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{it.name}" for it in node.names]
            ours = (name.split(".")[1:] for name in names if name.split(".")[0] == "indexer")
            found |= {(importer, _module(tuple(parts))) for parts in ours}
    return frozenset(found)


def _module(parts: tuple[str, ...]) -> tuple[str, ...]:
    """The module that `parts` name, which may go on with a name in it."""
    while parts and not (PACKAGE.joinpath(*parts).is_dir() or _file(parts).is_file()):
        parts = parts[:-1]
    return (*parts, "__init__") if PACKAGE.joinpath(*parts).is_dir() else parts


def _file(parts: tuple[str, ...]) -> Path:
    return PACKAGE.joinpath(*parts).with_suffix(".py")


def circle(edges: set[tuple[str, str]]) -> list[str]:
    """The names that lie on a circle or between circles."""
    while edges:
        left = {it for it in edges if it[1] in {start for start, _ in edges}}
        left = {it for it in left if it[0] in {end for _, end in left}}
        if left == edges:
            break
        edges = left
    return sorted({start for start, _ in edges})


def test_a_folder_imports_what_it_may() -> None:
    """The table of folders holds; Docker's readers import nothing but each other."""
    wrong = [
        f"{'.'.join(importer)} imports {'.'.join(imported)}"
        for importer, imported in sorted(imports())
        if imported[0] not in {importer[0], "__init__"} | BOTTOM
        and importer[0] not in BOTTOM | {"__init__"}
        and imported[0] not in ALLOWED[importer[0]]
    ]

    assert wrong == []


def test_the_bottom_imports_nothing() -> None:
    """What everything may import imports nothing of ours."""
    assert [pair for pair in imports() if pair[0][0] in BOTTOM | {"__init__"}] == []


def test_no_folder_imports_in_a_circle() -> None:
    """Folders, at every depth, form no circle; a folder's `__init__` is a module of it."""
    edges = {
        ("/".join(importer[:-1]), "/".join(imported[:-1]))
        for importer, imported in imports()
        if importer[:-1] != imported[:-1] and importer[0] != "__main__"
    }

    assert circle(edges) == []


def test_a_folder_is_not_full() -> None:
    """Whoever opens a folder sees at once what is in it; `cli` has a module for each command."""
    sizes: dict[str, int] = {}
    for path in modules():
        folder = str(path.parent.relative_to(PACKAGE))
        if folder == "cli":
            continue
        sizes[folder] = sizes.get(folder, 0) + (path.name != "__init__.py")

    assert {folder: size for folder, size in sizes.items() if size > MOST_MODULES} == {}


def test_a_function_has_few_parameters() -> None:
    """Commands take more, because each of their options is a parameter."""
    long = [
        f"{path.relative_to(PACKAGE)}:{node.lineno} {node.name}"
        for path in modules()
        if path.relative_to(PACKAGE).parts[0] != "cli"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and len([*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]) > MOST_PARAMETERS
    ]

    assert long == []
