"""The words of a programme's own, as its file of texts says them. Pure.

Rules kept here:

* A text that is counted has words for each form of its language. Each stands behind a number that it is for, whichever
  is chosen: `1 = "gave once"`, `2 = "gave {count} times"`. A language with one form only needs no number.
* Other English words make the packaged translations of that text void: they said something else.
* Words name nothing that the packaged ones do not, since nobody would fill it in.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

from flows.catalogue import Catalogue
from flows.counting import Counting, example
from flows.definition import PhraseDefinition, placeholders
from flows.paths import SOURCE_LANGUAGE
from flows.untouched import why_not_text

Forms = tuple[str, ...]
"""The words of a text: one entry, or one for each form of the language where it is counted."""
Texts = Mapping[str, Mapping[str, Forms]]
"""Text id to language to words."""

LONGEST_NUMBER: Final = 9
"""Digits of a number that stands for a form; more is no number that anybody counts to."""

Said = str | Mapping[str, str]
"""Words as a file says them: in quotes, or behind a number for each form."""

Telling = Callable[[str, str, str, str], None]
"""Takes the id of a text, a language, a rule and what to do."""


def said_in(table: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Everything that a file of texts says: id, language, and words, or words by number."""
    waiting: list[tuple[tuple[str, ...], Mapping[str, Any]]] = [((), table)]
    while waiting:
        place, inside = waiting.pop()
        for key, value in inside.items():
            if isinstance(value, dict) and not (place and any(one.isdecimal() for one in value)):
                waiting.append(((*place, key), value))
            else:
                yield ".".join(place), key, value


class OwnWords:
    """What the file says over the library `base`. Whatever is wrong with it is told, and left out."""

    def __init__(self, base: Catalogue, table: Mapping[str, Any], tell: Telling) -> None:
        self.base = base
        self.texts: dict[str, dict[str, Forms]] = {}
        self._tell = tell
        for id_, language, said in said_in(table):
            if language != SOURCE_LANGUAGE and language not in base.translations:
                known = ", ".join((SOURCE_LANGUAGE, *sorted(base.translations)))
                tell(id_, language, "language", f"there is no language {language!r}; known: {known}")
            elif (forms := self._forms(id_, language, said)) is not None:
                self.texts.setdefault(id_, {})[language] = forms

    def _forms(self, id_: str, language: str, said: Any) -> Forms | None:
        counting = self.base.counting(language)
        if not self._is_counted(id_):
            if isinstance(said, dict):
                advice = "no text that is counted has this id: write its words in quotes, without numbers"
                self._tell(id_, language, "not-counted", advice)
                return None
            return (said,) if self._are_words(id_, language, said) else None
        if isinstance(said, dict):
            return self._counted(id_, language, said, counting)
        if not self._are_words(id_, language, said):
            return None
        if counting.forms == 1:
            return (said,)
        which = "; ".join(counting.labels)
        advice = f"this text is counted: write words for each of the numbers {which}, as in 1 = words in quotes"
        self._tell(id_, language, "plural-forms", advice)
        return None

    def _counted(self, id_: str, language: str, said: Mapping[str, Any], counting: Counting) -> Forms | None:
        found: dict[int, str] = {}
        numbers: dict[int, str] = {}
        for number, words in said.items():
            if not number.isdecimal() or len(number) > LONGEST_NUMBER:
                advice = f"“{number}” is no number: write one that the words are for, as in 2 = words in quotes"
                self._tell(id_, language, "plural-forms", advice)
                return None
            if not self._are_words(id_, language, words):
                return None
            form = counting.form(int(number))
            if form in found:
                advice = f"{numbers[form]} and {number} are counted alike: keep the words of one of them"
                self._tell(id_, language, "plural-forms", advice)
                return None
            found[form], numbers[form] = words, number
        if lacking := [label for form, label in enumerate(counting.labels) if form not in found]:
            which = "; ".join(lacking)
            advice = f"no words for the numbers {which}: add them, as in {example(lacking[0])} = words in quotes"
            self._tell(id_, language, "plural-forms", advice)
            return None
        return tuple(found[form] for form in range(counting.forms))

    def _are_words(self, id_: str, language: str, said: Any) -> bool:
        if isinstance(said, str) and said.strip() and id_:
            return True
        self._tell(id_, language, "grammar", "write words in quotes, below a table with the id of a text")
        return False

    def _is_counted(self, id_: str) -> bool:
        phrase = self.base.phrases.get(id_)
        return phrase is not None and phrase.text is None

    def refuse(self, known: Collection[str]) -> None:
        """Tell of texts that there are not, or that stay as they are. `known` are the ids that there are."""
        for id_, words in self.texts.items():
            first = next(iter(words))
            if id_ not in known:
                self._tell(id_, first, "unknown-text", "there is no text with this id")
            elif (why := why_not_text(id_)) is not None:
                self._tell(id_, first, "untouched", why)

    # -- what is said with them ----------------------------------------------------------------------------------------

    def english(self, id_: str) -> str | None:
        """Other English words for a text that is not counted."""
        found = self.texts.get(id_, {}).get(SOURCE_LANGUAGE)
        return found[0] if found is not None else None

    def phrase(self, id_: str, before: PhraseDefinition) -> PhraseDefinition:
        """A phrase in the programme's English."""
        english = self.texts.get(id_, {}).get(SOURCE_LANGUAGE)
        if english is None:
            return before
        filled = {name for words in _sources(before) for name in placeholders(words)}
        for name in dict.fromkeys(name for words in english for name in placeholders(words)):
            if name not in filled:
                self._tell(id_, SOURCE_LANGUAGE, "unknown-placeholder", f"nothing fills {{{name}}} here: take it out")
        keys = ("text",) if before.text is not None else ("one", "other")
        return before.model_copy(update=dict(zip(keys, english, strict=True)))

    def words(self, id_: str, source: str, language: str) -> str:
        """The words of `id_` in `language`; empty where the packaged ones said something else than `source`."""
        if own := self.texts.get(id_, {}).get(language):
            return own[0]
        return self.base.translations[language].get(id_, "") if self._source(id_) == source else ""

    def translations(self, language: str, phrases: Mapping[str, PhraseDefinition]) -> Mapping[str, str]:
        """What is said without counting. An empty one hides what is packaged. `phrases` are those of the programme."""
        ids = {id_ for id_, words in self.texts.items() if words.keys() & {SOURCE_LANGUAGE, language}}
        ids |= {id_ for id_, phrase in phrases.items() if phrase is not self.base.phrases.get(id_)}
        own: dict[str, str] = {}
        for id_ in ids:
            if not self._is_counted(id_):
                source = phrases[id_].text if id_ in phrases else self.english(id_) or self._source(id_)
                own[id_] = self.words(id_, source or "", language)
        return ChainMap(own, self.base.translations[language])  # type: ignore[arg-type]

    def counted(self, language: str) -> Mapping[str, Forms]:
        """What counted texts say. One without forms is as void as the packaged ones."""
        found: dict[str, Forms] = {}
        for id_, words in self.texts.items():
            if not self._is_counted(id_):
                continue
            if language in words:
                found[id_] = words[language]
            elif words.get(SOURCE_LANGUAGE, _sources(self.base.phrases[id_])) != _sources(self.base.phrases[id_]):
                found[id_] = ()
        return found

    def _source(self, id_: str) -> str | None:
        found = self.base.phrases.get(id_)
        return found.text if found is not None else self.base.source_texts.get(id_)


def _sources(phrase: PhraseDefinition) -> Forms:
    return tuple(words for words in (phrase.text, phrase.one, phrase.other) if words is not None)


__all__ = ["Forms", "OwnWords", "Said", "Texts", "said_in"]
