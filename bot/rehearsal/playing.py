"""What would be answered next on a phone: for somebody who wants to see the story and not to live it.

Rules kept here:

* It reads what stands on the phone, as a person does who sees it for the first time, and nothing else.
* Open is what came after the person's last answer (what she typed, or a message on which a button was tapped), and the
  newest buttons if nobody has touched them.
* A button that leaves, deletes, stops, skips, declines, undoes or puts off is never tapped; of the others the first is,
  and of faces the last but one.
* A question that asks whether to delete or to stop is left to a person, whatever its buttons say.
* What is typed names nobody and holds no date and no number; a question for a name is answered with the phone's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from bot.rehearsal.keyboards import Button
from bot.rehearsal.phones import Phone, PhoneMessage

CHOSEN: Final = "✓"
"""What bots put before a choice that was made."""


@dataclass(frozen=True, slots=True)
class Tap:
    """Tap the button at `row` and `column` under `message`."""

    message: int
    row: int
    column: int
    label: str


@dataclass(frozen=True, slots=True)
class Write:
    """Type `words`; `message` asked for them."""

    message: int
    words: str


class Why(Enum):
    """Why there is nothing to do."""

    NOTHING_OPEN = "Nothing is open on this phone."
    YOURS = "This one is yours to decide: what is left to tap would end, delete or put off something."
    CUT = "This phone can not write to the bot."


Move = Tap | Write | Why

_AVOIDED: Final = {
    "English": "no not nothing none never nobody leave delete erase remove forget stop end skip decline refuse cancel "
    "discard throw block report undo pause later another else anew again back withdraw mute quit change close",
    "Dutch": r"nee niet niets niemand geen nooit laat\smaar laat\shet\szo verlaat\w* verwijder\w* wis wissen vergeet "
    r"stop\w* overslaan sla weiger\w* annule\w* gooi weggooien blokkeer\w* meld\w* ongedaan pauze\w* andere? anders "
    r"opnieuw terug\w* beëindig\w* intrekken trek wijzig\w* verander\w* sluit\w*",
    "French": r"non pas ne rien aucun\w* personne jamais quitter supprimer effacer arrêter passer refuser annuler "
    r"jeter bloquer signaler tard autre\w* retour revenir mettre\sfin retirer renvoyer "
    r"réécri\w* modifier suspendre laisser fermer hors",
    "Spanish": r"nada nadie nunca ningun\w* dejar\w* borrar\w* eliminar parar saltar rechazar cancelar bloquear "
    r"reportar\w* más\starde de\snuevo otr[oa]s? volver terminar retirar\w* deshacer descartar\w* "
    r"cambiar cerrar\w* pausa fuera",
    "Krio": r"nɔ nɔto nɔn natin nɔbɔdi nɛva lɛf dilit fɔgɛt stɔp jɔmp kansul trowe blɔk ripɔt tek\sam\sbak blo leta "
    r"ɔda igen bak chenj lɔk dɔn\sdis",
}
_AVOID: Final = re.compile(rf"(?<!\w)(?:{'|'.join(' '.join(_AVOIDED.values()).split())})(?!\w)", re.IGNORECASE)
_AVOID_ARABIC: Final = re.compile(
    r"(?<!\w)(?:ال)?(?:لا|ليس|أبدًا|لاحق|احذف|حذف|توقف|أوقف|إيقاف|تخط|رفض|إلغاء|تراجع|إبلاغ|حظر|غادر|رجوع|عودة|سحب|إعادة|تغيير|"
    r"إغلاق|إنهاء|استراحة|راحة|تخلص|اعتذار)|من جديد|جديدة|شيء آخر"
)
_PAGE: Final = re.compile(r"\w+\s?…")
"""Another page of the same question: there is enough to choose from on this one."""
_SKIP: Final = re.compile(r"(?<!\w)(?:skip|overslaan|sla over|passer|saltar|jɔmp am)(?!\w)|تخط", re.IGNORECASE)
_LETTER: Final = re.compile(r"\w")
_GRAVE: Final = re.compile(
    r"(?<!\w)(?:delete|erase|forget|withdraw|undo|verwijder\w*|wis|wissen|gewist|vergeten|intrekken|ongedaan|supprimer|"
    r"effacer|borrar|borro|eliminar|dilit|fɔgɛt)(?!\w)|حذف",
    re.IGNORECASE,
)
_READY: Final = re.compile(r"done|ready|klaar|terminé|prêt|listo|dɔn|تم", re.IGNORECASE)
_NAME: Final = re.compile(
    r"\bname\b|call you|\bheet\b|\bheten\b|\bnoem\w*|\bnaam\b|appel\w+|\bnom\b|llam\w+|\bus nem\b|اسم",
    re.IGNORECASE,
)
_QUESTION: Final = re.compile(r"[?؟]")
_SENTENCE: Final = re.compile(r"[^.!?؟\n]*[?؟]")

SENTENCES: Final = {
    "en": (
        "I would like to know how a night is over there",
        "We found out that we laugh about the same things",
        "I learned a calm way to explain this to families",
        "It helps me to hear how others do it",
        "We keep it short and that suits us both",
        "Your example made my work lighter this week",
        "I tried it with my colleagues and they liked it",
        "Thank you for asking, it is good to think about it",
    ),
    "nl": (
        "Ik ben benieuwd hoe een nacht er daar uitziet",
        "We merkten dat we om dezelfde dingen lachen",
        "Ik leerde een rustige manier om dit uit te leggen",
        "Het helpt mij om te horen hoe een ander het doet",
        "We houden het kort en dat past ons allebei",
        "Jouw voorbeeld maakte mijn werk lichter",
        "Ik probeerde het met collega's en zij vonden het fijn",
        "Dank je voor de vraag, goed om over na te denken",
    ),
    "fr": (
        "Cela m'aide d'entendre comment font les autres",
        "Nous rions des mêmes choses",
        "J'ai appris une façon calme de l'expliquer",
        "Merci de demander, cela fait réfléchir",
    ),
    "es": (
        "Me ayuda oír cómo lo hacen los demás",
        "Nos reímos de las mismas cosas",
        "Aprendí una manera tranquila de explicarlo",
        "Gracias por preguntar, me hace pensar",
    ),
    "ar": (
        "يساعدني أن أسمع كيف يعمل الآخرون",
        "وجدنا أننا نضحك من الأشياء نفسها",
        "تعلمت طريقة هادئة للشرح",
        "شكرا على السؤال",
    ),
    "kri": (
        "I de ɛp mi fɔ yɛri aw ɔda pipul de du am",
        "Wi de laf fɔ di sem tin dɛn",
        "Tɛnki fɔ we yu aks",
        "A lan wan kol we fɔ ɛksplen dis",
    ),
}  # fmt: skip
"""Invented, short, and true of nobody. More than one, since the same words twice in a row count once."""


def next_move(phone: Phone) -> Move:
    """What to do on `phone` now."""
    if phone.blocked or phone.deactivated:
        return Why.CUT
    grave = False
    for asked in open_on(phone):
        if asked.buttons and _grave(asked.text):
            grave = True
            continue
        place = _button(asked)
        if place is not None:
            return place
        if phone.reply_keyboard and asked is phone.last():
            words = next((words for row in phone.reply_keyboard for words in row if not avoided(words)), None)
            if words is not None:
                return Write(asked.id, words)
        if asks_for_words(asked):
            return Write(asked.id, words_for(phone, asked))
        grave = grave or bool(asked.buttons)
    newest = next((shown for shown in reversed(phone.messages.values()) if shown.buttons), None)
    if newest is not None and not _grave(newest.text):
        return _button(newest) or (Why.YOURS if grave else Why.NOTHING_OPEN)
    return Why.YOURS if grave else Why.NOTHING_OPEN


def avoided(label: str) -> bool:
    """Would this button end, delete, skip, decline or put off something?"""
    return bool(_AVOID.search(label) or _AVOID_ARABIC.search(label) or _PAGE.fullmatch(label))


def open_on(phone: Phone) -> Iterator[PhoneMessage]:
    """The bot's messages since the person's last answer, the newest first; one with several choices, some of them made,
    is open as well."""
    for shown in reversed(phone.messages.values()):
        if shown.sender == "person":
            return
        if _touched(shown):
            if _ready(shown) is not None:
                yield shown
            return
        yield shown


def _touched(shown: PhoneMessage) -> bool:
    return shown.answered > 0 or any(button.text.startswith(CHOSEN) for _, _, button in _places(shown))


def _places(shown: PhoneMessage) -> Iterator[tuple[int, int, Button]]:
    for row, buttons in enumerate(shown.buttons):
        for column, button in enumerate(buttons):
            if button.data is not None:
                yield row, column, button


def _ready(shown: PhoneMessage) -> Tap | None:
    """The button that ends a choice of several; only once something is chosen."""
    if not any(button.text.startswith(CHOSEN) for _, _, button in _places(shown)):
        return None
    for row, column, button in _places(shown):
        if _READY.fullmatch(button.text.strip()):
            return Tap(shown.id, row, column, button.text)
    return None


def _button(shown: PhoneMessage) -> Tap | None:
    if _touched(shown):
        return _ready(shown)
    fitting = [Tap(shown.id, row, column, b.text) for row, column, b in _places(shown) if not avoided(b.text)]
    if len(fitting) > 1 and not any(_LETTER.search(tap.label) for tap in fitting):
        return fitting[-2]  # faces, from sad to glad
    return fitting[0] if fitting else None


def _grave(text: str) -> bool:
    return any(_GRAVE.search(sentence) for sentence in _SENTENCE.findall(text))


def asks_for_words(shown: PhoneMessage) -> bool:
    """A question without buttons, or one that has but a button to pass it over."""
    labels = [button.text for _, _, button in _places(shown)]
    if not labels:
        return bool(_QUESTION.search(shown.text))
    return len(labels) == 1 and bool(_SKIP.search(labels[0]))


def words_for(phone: Phone, asked: PhoneMessage) -> str:
    if _NAME.search(asked.text) and _QUESTION.search(asked.text):
        return phone.name
    own = SENTENCES.get((phone.language or "en").split("-")[0].lower(), SENTENCES["en"])
    typed = sum(1 for shown in phone.messages.values() if shown.sender == "person")
    return own[typed % len(own)]
