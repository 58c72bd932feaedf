"""Who imports whom, drawn from the code: Mermaid for docs/architecture.md, and the table of all modules.

Imports for types only (`if TYPE_CHECKING`) are left out, and of the graphs of modules every arrow that a longer way
says already.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from bot.reference.markdown import code, first_sentence, mermaid, table
from bot.reference.sources import parsed

OURS = ("bot", "storage", "flows")
DOORS = ("telegram", "apscheduler", "sqlalchemy", "alembic", "aiohttp", "cryptography", "babel", "pydantic", "typer")
"""Packages of others that are drawn: what each of them is used for stays behind the arrow."""
SELF = "bot.reference"

Graph = Mapping[str, frozenset[str]]


def packages(root: Path) -> str:
    """The three packages with their parts, and the doors to the packages of others."""
    graph = _grouped(_graph(root), _package_of)
    lines = ["flowchart LR"]
    for ours in OURS:
        lines.append(f"    subgraph {ours}")
        lines += [f"        {_node(name)}[{name}]" for name in sorted(graph) if name.split(".")[0] == ours]
        lines.append("    end")
    used = {target for targets in graph.values() for target in targets}
    lines += [f"    {_node(door)}([{door}])" for door in DOORS if door in used]
    lines += [f"    {_node(name)} --> {_node(target)}" for name in sorted(graph) for target in sorted(graph[name])]
    return mermaid(lines)


def parts_of_bot(root: Path) -> str:
    """The modules of `bot`, each of its packages as one."""
    own = {name: targets for name, targets in _graph(root).items() if name.split(".")[0] == "bot"}
    return _drawn(_grouped(own, lambda name: ".".join(name.split(".")[:2]) if name.startswith("bot.") else None))


def modules_of_flows(root: Path) -> str:
    """The modules of `flows`, its rules as one."""
    own = {name: targets for name, targets in _graph(root).items() if name.split(".")[0] == "flows"}
    return _drawn(_grouped(own, lambda name: ".".join(name.split(".")[:2]) if name.startswith("flows.") else None))


def modules(root: Path) -> str:
    """Every module with the first sentence of its docstring."""
    rows = []
    for path in _files(root):
        said = first_sentence(ast.get_docstring(parsed(path)) or "")
        if said and _name(root, path).partition(".")[0] in OURS:
            rows.append((code(path.relative_to(root).as_posix()), said))
    return table(("file", "what it is"), rows)


def _files(root: Path) -> Iterator[Path]:
    for package in OURS:
        for path in sorted((root / package).rglob("*.py")):
            if "versions" not in path.parts:
                yield path


def _name(root: Path, path: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _graph(root: Path) -> Graph:
    """Each module to what it imports while it runs: modules of ours, and the first name of packages of others."""
    known = {_name(root, path) for path in _files(root)}
    graph = {}
    for path in _files(root):
        name = _name(root, path)
        if not name.startswith(SELF):
            found = _imported(parsed(path), known)
            graph[name] = frozenset(found) - {name}
    return graph


def _imported(tree: ast.AST, known: set[str]) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.expr() | ast.If(test=ast.Name(id="TYPE_CHECKING")):
                continue  # in an expression nothing is imported
            case ast.Import(names=names):
                yield from (_ours_or_door(one.name, known) for one in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                inside = [f"{module}.{one.name}" for one in names if f"{module}.{one.name}" in known]
                yield from inside
                if len(inside) < len(names):
                    yield _ours_or_door(module, known)
            case _:
                yield from _imported(node, known)


def _ours_or_door(name: str, known: set[str]) -> str:
    return name if name in known else name.partition(".")[0]


def _package_of(name: str) -> str | None:
    first, _, rest = name.partition(".")
    if first in DOORS:
        return first
    if first not in OURS:
        return None
    inner = rest.partition(".")[0]
    is_package = bool(inner) and (Path(__file__).parents[2] / first / inner / "__init__.py").is_file()
    return f"{first}.{inner}" if is_package else first


def _grouped(graph: Graph, group: Callable[[str], str | None]) -> dict[str, frozenset[str]]:
    together: dict[str, set[str]] = {}
    for name, targets in graph.items():
        here = group(name)
        if here is not None:
            there = {found for target in targets if (found := group(target)) is not None}
            together.setdefault(here, set()).update(there - {here})
    return {name: frozenset(targets) for name, targets in together.items()}


def _drawn(graph: Graph) -> str:
    lean = without_detours(graph)
    lines = ["flowchart TD", *(f"    {_node(name)}[{name.partition('.')[2]}]" for name in sorted(lean))]
    lines += [f"    {_node(name)} --> {_node(target)}" for name in sorted(lean) for target in sorted(lean[name])]
    return mermaid(lines)


def without_detours(graph: Graph) -> dict[str, set[str]]:
    """Without the arrows that a longer way says already; one after the other, so that no way is lost in a circle."""
    lean = {name: set(targets) & graph.keys() for name, targets in graph.items()}
    for name in sorted(lean):
        for target in sorted(lean[name]):
            lean[name].discard(target)
            if target not in _reached(lean, name):
                lean[name].add(target)
    return lean


def _reached(graph: Mapping[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    left = [start]
    while left:
        new = graph.get(left.pop(), set()) - found
        found |= new
        left.extend(new)
    return found


def _node(name: str) -> str:
    return "n_" + name.replace(".", "_")
