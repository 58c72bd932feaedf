"""Text ids and values to words.

Rules kept here:

* A text of a flow version is worded as that version was published; every other text as the library has it today.
* Missing in a language: its parent's words, at last the English ones. Nobody is left without an answer for want of a
  translation; the checks refuse the gap before it gets here.
* What an author got wrong (an unknown id, a placeholder that nothing fills) raises SpeechError.
* Each wording is parsed once for all people; saying it is joining strings.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from functools import cached_property
from gettext import NullTranslations
from typing import assert_never

from bot.speech.errors import SpeechError
from bot.speech.forms import Forms
from bot.speech.languages import SOURCE, Languages, packaged_languages
from bot.speech.wording import FSI, PDI, Wording, isolate, isolate_commands
from flows.catalogue import Catalogue
from flows.definition import PhraseDefinition
from flows.errors import FlowMisled
from flows.values import Amount, City, Clock, Country, In, Listed, LocalTime, Text, Value, Weekday


class _Voice:
    """One language: its chain of parents, its forms, and the wordings that were parsed. What CLDR and gettext know of
    it is read when somebody speaks it."""

    def __init__(self, code: str, languages: Languages) -> None:
        self.code, self.languages = code, languages
        self.chain = languages.chain(code)
        self.rtl = languages.by_code[code].direction == "rtl"
        self.wordings: dict[tuple[str, str | None], Wording] = {}
        self.plurals: dict[str, Wording] = {}

    @cached_property
    def forms(self) -> Forms:
        return Forms(self.languages.locale(self.code), rtl=self.rtl)

    @cached_property
    def gettext(self) -> NullTranslations:
        return self.languages.plurals(self.code)

    def anew(self) -> _Voice:
        """The same language, with nothing parsed yet."""
        other = copy(self)
        other.wordings, other.plurals = {}, {}
        return other

    def parse(self, text: str) -> Wording:
        return Wording.parse(isolate_commands(text) if self.rtl else text)


class Speech:
    """Speaks for the texts of one catalogue, in every language of `locales/`.

    `languages` are the packaged ones unless others are given. Not bound to an event loop or thread.
    """

    languages: tuple[str, ...]
    """The codes that people may choose; English first."""

    def __init__(self, catalogue: Catalogue, languages: Languages | None = None) -> None:
        self._catalogue = catalogue
        self._all = packaged_languages() if languages is None else languages
        self.languages = self._all.offered
        self._voices = {code: _Voice(code, self._all) for code in self._all.by_code}

    def of(self, catalogue: Catalogue) -> Speech:
        """The same languages, speaking for another catalogue."""
        other = copy(self)
        other._catalogue = catalogue
        other._voices = {code: voice.anew() for code, voice in self._voices.items()}
        return other

    def text(self, text: Text, language: str, zone: str) -> str:
        """The words of `text` for a person of this language and time zone. Raises SpeechError (see there)."""
        return self._say(text, self._voice(language), zone)

    def value(self, value: Value, language: str, zone: str) -> str:
        """The words of one value standing alone, as on a button."""
        return self.labels([value], language, zone)[0]

    def labels(self, values: Sequence[Value], language: str, zone: str) -> list[str]:
        """The words of several values, each standing alone: the buttons of one message."""
        voice = self._voice(language)
        wordings, words = voice.wordings, []
        for value in values:
            if type(value) is Text and value.count is None and not value.values:  # a button of a flow: most of them
                words.append((wordings.get((value.id, value.version)) or self._learn(value, voice)).literals[0])
            elif isinstance(value, str):
                words.append(value)
            else:
                words.append(self._words(value, voice, zone))
        return words

    def best(self, language_code: str | None, default: str) -> str:
        """The language of ours nearest to the one that a phone names (`pt-br`), or `default`."""
        return self._all.best(language_code, default)

    def name(self, language: str) -> str:
        """What its speakers call the language."""
        return self._all.by_code[language].name

    def is_rtl(self, language: str) -> bool:
        """Whether its sentences run from right to left."""
        return self._voice(language).rtl

    # -- wording ---------------------------------------------------------------------------------------------------

    def _voice(self, language: str) -> _Voice:
        voice = self._voices.get(language)
        if voice is None:  # a language that was taken out after somebody chose it
            voice = self._voices[self._all.best(language, SOURCE)]
        return voice

    def _say(self, text: Text, voice: _Voice, zone: str) -> str:
        if text.count is None:
            wording = voice.wordings.get((text.id, text.version)) or self._learn(text, voice)
        else:
            wording = self._counted(text, text.count, voice)
        names = wording.names
        if not names:
            return wording.literals[0]
        values = text.values
        pieces = [wording.literals[0]]
        for place, name in enumerate(names, start=1):
            value = values.get(name)
            if value is None:
                if name != "count" or text.count is None:
                    raise SpeechError(f"text {text.id}: nothing fills {{{name}}}")
                value = text.count
            words = self._words(value, voice, zone)
            if voice.rtl and isinstance(value, int | LocalTime | Clock | Amount) and any(pieces):
                words = f"{FSI}{words}{PDI}"  # what opens a text follows nothing that could take it along
            pieces.append(words)
            pieces.append(wording.literals[place])
        return "".join(pieces)

    def _learn(self, text: Text, voice: _Voice) -> Wording:
        wording = voice.parse(self._wording(text, voice))
        voice.wordings[(text.id, text.version)] = wording
        return wording

    def _wording(self, text: Text, voice: _Voice) -> str:
        if text.version is not None:
            try:
                flow = self._catalogue.version(text.version)
            except FlowMisled as error:
                raise SpeechError(str(error)) from None
            if text.id in flow.texts:
                translated = (flow.translations.get(code, {}).get(text.id) for code in voice.chain)
                return next(filter(None, translated), flow.texts[text.id])
        source = self._source(text.id)
        if isinstance(source, PhraseDefinition):
            if source.text is None:
                raise SpeechError(f"text {text.id} has a plural: give it a count")
            source = source.text
        for code in voice.chain:
            if code == SOURCE:
                break
            found = self._catalogue.translations.get(code, {}).get(text.id)  # a catalogue may bring its own
            found = found or self._all.words(code, text.id, source)
            if found:
                return found
        return source

    def _counted(self, text: Text, count: int, voice: _Voice) -> Wording:
        source = self._source(text.id)
        if not isinstance(source, PhraseDefinition) or source.one is None or source.other is None:
            return voice.wordings.get((text.id, text.version)) or self._learn(text, voice)
        words = source.one if count == 1 else source.other
        for code in voice.chain:
            if code == SOURCE:
                break
            found = self._catalogue.counted(code, text.id, count)  # a programme's own words
            found = found or self._voices[code].gettext.npgettext(text.id, source.one, source.other, count)
            if found:
                words = found
                break
        wording = voice.plurals.get(words)
        if wording is None:
            wording = voice.plurals[words] = voice.parse(words)
        return wording

    def _source(self, text: str) -> str | PhraseDefinition:
        try:
            return self._catalogue.source(text)
        except KeyError:
            raise SpeechError(f"there is no text {text}") from None

    # -- values ----------------------------------------------------------------------------------------------------

    def _words(self, value: Value, voice: _Voice, zone: str) -> str:
        match value:
            case str():
                return isolate(value, always=voice.rtl)
            case int():
                return voice.forms.number(value)
            case Text():
                return self._say(value, voice, zone)
            case LocalTime():
                return voice.forms.moment(value.at, value.style, value.zone or zone)
            case Listed():
                return voice.forms.listed([self._words(item, voice, zone) for item in value.items], value.separator)
            case Country():
                return voice.forms.country(value.code)
            case City():
                return voice.forms.city(value.zone)
            case Weekday():
                return voice.forms.weekday(value.number)
            case Clock():
                return voice.forms.clock(value.minute)
            case Amount():
                return voice.forms.amount(value.number)
            case In():
                return self._words(value.value, self._voice(value.language), value.zone or zone)
            case _:
                assert_never(value)
