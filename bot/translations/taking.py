"""What becomes of the rows that a translator hands back.

Rules kept here:

* A row is taken whole or not at all; a refused one says where it stands and what to do, and keeps nobody else's row
  from being taken. What is refused stays in the translator's file, and the catalogue as it was.
* Nothing is lost: an empty row takes no words away; a row that she left alone never overwrites what was changed in the
  catalogue meanwhile; and where both changed, hers is refused with what stands there now.
* A translation of another English than today's is taken, marked stale: it is shown to nobody until looked at again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from babel.messages.catalog import Catalog, Message

from bot.speech.languages import Language
from bot.translations.messages import State, by_id, forms, sources, state
from bot.translations.rows import WAS, Row, mark_of, one_line
from bot.translations.rules import Translated, faults, wording_faults
from flows.catalogue import load
from flows.errors import Problem
from flows.extraction import Extracted, extract_library

SHOWN_CHARACTERS = 60
"""Of a text that an advice repeats."""


@dataclass(frozen=True, slots=True)
class Taking:
    """What a file brings. The tuples hold text ids. `messages` is the catalogue as it will be, by id."""

    messages: Mapping[str, Message]
    taken: tuple[str, ...]
    stale: tuple[str, ...]
    """Of those taken the ones that are marked stale, because their English has changed or they are in doubt."""
    kept: tuple[str, ...]
    """Left as the catalogue has them: the row came back empty, or untouched and older than the catalogue."""
    unchanged: int
    problems: tuple[Problem, ...]

    def __str__(self) -> str:
        refused = len(self.problems)
        said = [f"{len(self.taken)} taken", f"{self.unchanged} unchanged"]
        said += [f"{len(self.stale)} of them marked stale: {_named(self.stale)}"] if self.stale else []
        said += [f"{len(self.kept)} kept as they were: {_named(self.kept)}"] if self.kept else []
        said += [f"{refused} problems; the rows they name were not taken"] if refused else []
        return "; ".join(said)


def take(
    rows: Sequence[Row],
    texts: Sequence[Extracted],
    catalog: Catalog | None,
    language: Language,
    as_they_stand: Collection[str] = (),
    unreadable: Sequence[Problem] = (),
) -> Taking:
    """Judge every row against today's `texts` and `catalog`. `as_they_stand` are the ids of texts that no language
    translates; `unreadable` is what was no row at all."""
    known = {text.id: text for text in texts}
    messages = dict(by_id(catalog))
    seen: Counter[str] = Counter()
    taken: list[str] = []
    stale: list[str] = []
    kept: list[str] = []
    problems = list(unreadable)
    unchanged = 0
    for row in rows:
        seen[row.id] += 1
        text = known.get(row.id)
        if text is None or seen[row.id] > 1:
            problems.append(Problem(row.place, *_not_ours(row, text, as_they_stand)))
            continue
        match _judge(row, text, messages.get(row.id), language):
            case Message() as after:
                messages[row.id] = after
                taken.append(row.id)
                if state(after, text) is State.STALE:
                    stale.append(row.id)
            case _Left.KEPT:
                kept.append(row.id)
            case _Left.UNCHANGED:
                unchanged += 1
            case found:
                problems += found
    return Taking(messages, tuple(taken), tuple(stale), tuple(kept), unchanged, tuple(problems))


def untranslated(library: Mapping[str, str]) -> frozenset[str]:
    """The ids of texts that are shown as they stand in every language."""
    catalogue = load(library)
    return frozenset({*catalogue.source_texts, *catalogue.phrases}) - {text.id for text in extract_library(library)}


def _not_ours(row: Row, text: Extracted | None, as_they_stand: Collection[str]) -> tuple[str, str]:
    if text is not None:
        return "row-twice", f"{row.id} stands in the file twice; the first one counts, so take this one out"
    if row.id in as_they_stand:
        return "no-translate", f"{row.id} is shown as it stands in every language; take the row out"
    return "unknown-id", f"there is no text {row.id!r}; ids must stay as they were exported, so export anew"


class _Left(Enum):
    """A row that changes nothing."""

    UNCHANGED = auto()
    KEPT = auto()


def _judge(row: Row, text: Extracted, before: Message | None, language: Language) -> Message | _Left | list[Problem]:
    """The message as it will be, or that the row changes none, or what is wrong with it."""
    there, now = forms(before), state(before, text)
    same = row.forms == there or not any((*row.forms, *there))
    touched = row.mark is None or row.mark != mark_of(row.forms, row.state)
    if any(there) and not (touched and any(row.forms)):
        return _remarked(row, before) or (_Left.UNCHANGED if same else _Left.KEPT)
    if not same and any(there) and row.mark not in {None, *(mark_of(there, one) for one in State)}:
        advice = f"was changed in the catalogue too, to {_quoted(there)}; look at both, and write yours there by hand"
        return [Problem(row.place, "changed-twice", f"{row.id} {advice}")]
    is_fresh = row.sources == sources(text)
    is_stale = row.state is State.STALE or not is_fresh
    if same and (not any(there) or not is_fresh or is_stale == (now is State.STALE)):
        return _remarked(row, before) or _Left.UNCHANGED
    return _wrong(row, text, language, is_stale=is_stale) or _message(row, before, is_stale=is_stale)


def _wrong(row: Row, text: Extracted, language: Language, *, is_stale: bool) -> list[Problem]:
    """A stale translation is shown to nobody: it may lack what today's English names, but not its form."""
    wanted, written = language.plural_forms if len(row.sources) > 1 else 1, sum(bool(form) for form in row.forms)
    if written != wanted or len(row.forms) != wanted:
        advice = f"has {written} of {wanted} plural forms; write all, the same words where they do not differ"
        found = [("plural-forms", advice)]
    elif is_stale:
        found = [(rule, advice) for rule, advice in wording_faults(text, row.forms) if rule == "control-character"]
    else:
        found = list(faults(Translated(text, language, row.forms)))
    return [Problem(row.place, rule, f"{row.id} {advice}") for rule, advice in found]


def _remarked(row: Row, before: Message | None) -> Message | None:
    """`before` with another remark; None where the row brings none."""
    if before is None or row.remark is None or row.remark == one_line(" ".join(before.user_comments)):
        return None
    after = before.clone()
    after.user_comments = [row.remark] if row.remark else []
    return after


def _message(row: Row, before: Message | None, *, is_stale: bool) -> Message:
    comments = [f"{WAS}{row.was}"] if row.was and is_stale else []
    remarks = list(before.user_comments) if before is not None else []
    if row.remark is not None:
        remarks = [row.remark] if row.remark else []
    return Message(
        row.sources if len(row.sources) > 1 else row.sources[0],
        row.forms if len(row.sources) > 1 else row.forms[0],
        flags={"fuzzy"} if is_stale else set(),
        auto_comments=comments,
        user_comments=remarks,
        context=row.id,
    )


def _named(ids: tuple[str, ...], most: int = 10) -> str:
    return ", ".join(ids[:most]) + (" …" if len(ids) > most else "")


def _quoted(words: Sequence[str]) -> str:
    text = " / ".join(words)
    return f"“{text[:SHOWN_CHARACTERS]}{'…' if len(text) > SHOWN_CHARACTERS else ''}”"
