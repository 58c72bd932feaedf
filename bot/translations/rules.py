"""What can be wrong with a text in any language. One function a rule, one sentence of advice.

Rules kept here:

* The source is held to the same rules as its translations, as far as they can apply.
* Rules about words concern every translation there is; gaps concern only the languages that call themselves complete.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from babel.messages.plurals import PLURALS

from bot.speech.languages import SOURCE, TABLE, Language, Languages, direction_of
from bot.speech.wording import embedding_balance, isolate_balance
from bot.translations.messages import State, forms, sources, state
from flows.definition import PLACEHOLDER, placeholders
from flows.errors import Problem
from flows.extraction import Extracted, extract_library

_COMMAND = re.compile(r"(?<![\w/}])/[a-z]{2,32}\b")
_COUNT = frozenset({"count"})
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")
"""Unicode's category Cc, the line break apart."""
_DIRECTIONAL = re.compile("[\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Translated:
    """A text beside its translation. `forms` has one entry, or one for each plural form."""

    text: Extracted
    language: Language
    forms: tuple[str, ...]


def lint(library: Mapping[str, str], languages: Languages) -> list[Problem]:
    """Everything wrong with the texts and their translations, sorted.

    `library` is what `flows.catalogue.load` takes, and must have passed it.
    """
    texts = extract_library(library)
    problems: list[Problem] = []
    for text in texts:
        where = f"{text.path} {text.id}"
        problems += [Problem(where, rule, advice) for rule, advice in wording_faults(text, sources(text))]
    for code, language in languages.by_code.items():
        problems += [Problem(TABLE, rule, f"{code}: {advice}") for rule, advice in _marks(code, language)]
        if code != SOURCE:
            problems += _lint_language(code, language, texts, languages)
    return sorted(problems)


def _lint_language(
    code: str, language: Language, texts: tuple[Extracted, ...], languages: Languages
) -> Iterator[Problem]:
    entries = languages.entries.get(code, {})
    used: set[str] = set()
    for text in texts:
        where = f"locales/{code} {text.id}"
        entry = entries.get(text.id)
        match state(entry, text):
            case State.MISSING:
                if language.complete:
                    yield Problem(where, "missing", f"is not translated: “{text.source}”")
            case State.STALE:
                # never shown, so its other faults do not matter until somebody looks at it again
                if language.complete:
                    yield Problem(
                        where, "stale", "its source has changed; look at it again and take away the fuzzy mark"
                    )
            case State.CURRENT:
                written = forms(entry)
                yield from (
                    Problem(where, rule, advice) for rule, advice in faults(Translated(text, language, written))
                )
                used.update(set(written) & set(sources(text)))
    for listed in language.same_as_source:
        if listed not in used:
            yield Problem(TABLE, "same-unused", f"{code}: no translation equals “{listed}”; take it off same_as_source")


def faults(translated: Translated) -> Iterator[tuple[str, str]]:
    """What is wrong with a translation that is to be shown: rule and advice."""
    for rule, judge in TRANSLATION_RULES.items():
        yield from ((rule, advice) for advice in judge(translated))
    yield from wording_faults(translated.text, translated.forms)


def wording_faults(text: Extracted, written: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """What is wrong with words by themselves: rule and advice."""
    for rule, judge in WORDING_RULES.items():
        for form in written:
            yield from ((rule, advice) for advice in judge(text, form))


# -- rules about one wording, the source's too ---------------------------------------------------------------------


def _too_long(text: Extracted, form: str) -> Iterator[str]:
    length = len(form.encode("utf-16-le")) // 2
    if length > text.limit:
        yield f"has {length} characters; a {text.kind} may have {text.limit}"


def _stray_brace(_: Extracted, form: str) -> Iterator[str]:
    if set(PLACEHOLDER.sub("", form)) & set("{}"):
        yield "has a brace that belongs to no {placeholder}; placeholders are small letters, digits and _"


def _unbalanced(_: Extracted, form: str) -> Iterator[str]:
    for line in form.split("\n") if _DIRECTIONAL.search(form) else ():
        if any(isolate_balance(line)) or any(embedding_balance(line)):
            yield "has a directional control without its end (or an end without a beginning) in one line"
            return


def _control(_: Extracted, form: str) -> Iterator[str]:
    found = sorted({f"U+{ord(character):04X}" for character in _CONTROL.findall(form)})
    if found:
        yield f"has the control character {', '.join(found)}; take it out"


WORDING_RULES: Mapping[str, Callable[[Extracted, str], Iterator[str]]] = {
    "too-long": _too_long,
    "stray-brace": _stray_brace,
    "unbalanced-direction": _unbalanced,
    "control-character": _control,
}


# -- rules about a translation beside its source -------------------------------------------------------------------


def _placeholders(translated: Translated) -> Iterator[str]:
    text = translated.text
    wanted = set(placeholders(text.source)) | set(placeholders(text.plural or ""))
    # a plural form may say its number in a word, as in "one day"
    loose = _COUNT if text.plural is not None else frozenset()
    lost: set[str] = set()
    new: set[str] = set()
    for form in translated.forms:
        found = set(placeholders(form))
        lost |= wanted - found - loose
        new |= found - wanted
    if lost:
        yield f"lacks {_braced(lost)}, which the source has"
    if new:
        yield f"has {_braced(new)}, which the source has not"


def _braced(names: set[str]) -> str:
    return " ".join(f"{{{name}}}" for name in sorted(names))


def _commands(translated: Translated) -> Iterator[str]:
    wanted = set(_COMMAND.findall(translated.text.plural or translated.text.source))
    for form in translated.forms:
        if set(_COMMAND.findall(form)) != wanted:
            yield f"must name the same commands as the source: {' '.join(sorted(wanted)) or 'none'}"
            return


def _identical(translated: Translated) -> Iterator[str]:
    for words in identical_to_source(translated.text, translated.forms, translated.language):
        yield f"equals the English; translate it, or add “{words}” to same_as_source in {TABLE}"


def identical_to_source(text: Extracted, written: tuple[str, ...], language: Language) -> Iterator[str]:
    """The forms that equal the English without being listed as right so. Signs alone never count."""
    for words in dict.fromkeys(sources(text)):
        plain = not any(character.isalpha() for character in PLACEHOLDER.sub("", words))
        if words in written and not plain and words not in language.same_as_source:
            yield words


def _plural_forms(translated: Translated) -> Iterator[str]:
    wanted = 1 if translated.text.plural is None else translated.language.plural_forms
    if len(translated.forms) != wanted:
        yield f"has {len(translated.forms)} plural forms; the language has {wanted}"


def _edges(translated: Translated) -> Iterator[str]:
    source = translated.text.source
    for form in translated.forms:
        if form[:1].isspace() != source[:1].isspace() or form[-1:].isspace() != source[-1:].isspace():
            yield "begins or ends with white space, unlike its source (or the other way round)"
            return


TRANSLATION_RULES: Mapping[str, Callable[[Translated], Iterator[str]]] = {
    "placeholders": _placeholders,
    "commands": _commands,
    "identical": _identical,
    "plural-forms": _plural_forms,
    "edges": _edges,
}


# -- rules about the table -----------------------------------------------------------------------------------------


def _marks(code: str, language: Language) -> Iterator[tuple[str, str]]:
    if language.reviewed is False and not language.note:
        yield "honest-mark", "is not reviewed: say in note where it comes from and who has not read it yet"
    if language.reviewed is not False and not language.complete:
        yield "honest-mark", "can not be reviewed before it is complete"
    direction = direction_of(language.name)
    if direction != language.direction:
        yield "direction", f"calls itself {language.name} and is written {direction}, not {language.direction}"
    if code in PLURALS and PLURALS[code][0] != language.plural_forms:
        yield "plural-rule", f"has {PLURALS[code][0]} plural forms, not {language.plural_forms}"
