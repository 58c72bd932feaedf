"""docs/reference/timers.md: kinds of timers, who sets them, and every length of time the program knows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.reference.markdown import code, codes, head, paragraph, table
from bot.reference.sources import parsed
from flows.timers import event_of

PERIODS = {
    "check_in": "the ISO week of the twin's calendar, as in `2026-W48`",
    "asking": "the ISO week of the twin's calendar",
    "held_prompt": "empty: one a person",
    "reminder": "number of the session",
    "expiry": "number of the session",
    "discard": "number of the session",
    "wait": "number of the session",
    "pause_begin": "empty: one a person",
    "pause_end": "empty: one a person",
    "quiet": "the rung of the ladder: empty, `quiet_long`, `quiet_rests`",
    "proposal": "number of the pair",
    "digest": "the ISO week of the coordinator's calendar",
}
"""What stands last in the key of a timer, by kind. A new kind needs a line here."""

UNITS = frozenset({"DAY", "WEEK"})
"""Named lengths that are no decision."""

ANY_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def page(root: Path) -> str:
    return "\n".join(
        [
            head("Timers", "`flows/timers.py` and the constants of the code"),
            "A timer is a row: kind, whose, period, when it is due, and after which moment it is skipped. Its key is "
            "`kind/person/period`, so setting it twice moves it. At its firing everything is computed anew from rule "
            "and zone; [architecture](../architecture.md) says how it travels.\n",
            "## Kinds\n",
            _kinds(root),
            "*Lapses*: where a moment is given, a timer that could not be carried out until then is skipped and the "
            "log says so. A check-in that is too late is skipped too, and still plans the next one.\n",
            "## Lengths of time\n",
            "Every named length of time in the code, with its reason.\n",
            table(("name", "length", "where", "why"), _lengths(root)),
        ]
    )


def kinds(root: Path) -> tuple[str, ...]:
    """The kinds of timers that `flows/timers.py` knows, in its order."""
    tree = parsed(root / "flows" / "timers.py")
    patterns = [case.pattern for node in ast.walk(tree) if isinstance(node, ast.Match) for case in node.cases]
    values = [node.value for pattern in patterns for node in ast.walk(pattern) if isinstance(node, ast.MatchValue)]
    return tuple(str(value.value) for value in values if isinstance(value, ast.Constant))


def _kinds(root: Path) -> str:
    setters = set_in(root)
    rows = []
    for kind in kinds(root):
        event = type(event_of(kind, "1", ANY_MOMENT))
        places = setters.get(kind, [])
        rows.append(
            (
                code(kind),
                PERIODS[kind],
                ": ".join(words for words in (code(event.__name__), paragraph(event)) if words),
                codes(dict.fromkeys(place for place, _ in places)),
                codes(dict.fromkeys(lapse for _, lapse in places if lapse)),
            )
        )
    return table(("kind", "period", "fires as", "set in", "lapses"), rows)


def set_in(root: Path) -> dict[str, list[tuple[str, str]]]:
    """Kind of timer to (file, moment after which it lapses), from every `SetTimer("kind", …)` in `flows/`."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path in sorted((root / "flows").rglob("*.py")):
        for node in ast.walk(parsed(path)):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "SetTimer" or not node.args:
                continue
            kind = node.args[0]
            if isinstance(kind, ast.Constant):
                lapse = ast.unparse(node.args[3]) if len(node.args) > 3 else ""
                found.setdefault(str(kind.value), []).append((path.relative_to(root).as_posix(), lapse))
    return found


def _lengths(root: Path) -> Iterator[tuple[str, str, str, str]]:
    for package in ("flows", "bot", "storage"):
        for path in sorted((root / package).rglob("*.py")):
            body = parsed(path).body
            for place, node in enumerate(body):
                named = _named_length(node)
                if named is not None:
                    name, length = named
                    yield code(name), _written(length), code(path.relative_to(root).as_posix()), _reason(body, place)


def _named_length(node: ast.stmt) -> tuple[str, timedelta] | None:
    """`NAME = timedelta(hours=2)`; anything else is None."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target, value = node.targets[0], node.value
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        target, value = node.target, node.value
    else:
        return None
    if not isinstance(target, ast.Name) or not isinstance(value, ast.Call) or not target.id.isupper():
        return None
    if getattr(value.func, "id", "") != "timedelta" or target.id in UNITS or value.args:
        return None
    parts = {one.arg or "": ast.literal_eval(one.value) for one in value.keywords}
    return (target.id, timedelta(**parts)) if parts else None


def _reason(body: list[ast.stmt], place: int) -> str:
    after = body[place + 1] if place + 1 < len(body) else None
    if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
        return " ".join(str(after.value.value).split())
    return ""


def _written(length: timedelta) -> str:
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        count, rest = divmod(length.total_seconds(), size)
        if count and not rest:
            return f"{count:.0f} {unit}{'s' if count != 1 else ''}"
    return f"{length.total_seconds() * 1000:g} milliseconds"
