"""How an actor of a play answers: by her manner, else as anybody would, and never for ever."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

from bot.callback_data import build_data
from bot.rehearsal.keyboards import Button
from bot.rehearsal.phones import Phone, PhoneMessage
from bot.rehearsal.playing import Move, Tap, Why, Write
from bot.rehearsal.plays.acting import LAST, Manner, Memory, answer, dice_for
from bot.rehearsal.plays.chronicle import Note, chronicle
from bot.rehearsal.plays.midwives import ANNEKE, KHADIJA, MIDWIVES
from bot.rehearsal.plays.performance import DAY, Performed

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)


class Asked:
    """A phone on which the bot asks."""

    def __init__(self, manner: Manner | None = None) -> None:
        self.phone = Phone(1, "Aminata", "en", started=True)
        self.memory = Memory()
        self.manner = manner or Manner()

    def ask(self, text: str, step: str | None = None, *labels: str) -> None:
        rows = tuple((Button(label, build_data(1, step or "x", n)),) for n, label in enumerate(labels, start=1))
        number = len(self.phone.messages) + 1
        self.phone.keep(PhoneMessage(number, "bot", text, NOW.timestamp(), buttons=rows))

    def answer(self) -> Move:
        return answer(self.phone, self.manner, self.memory, Random(1), NOW)  # noqa: S311 - no secret

    def write(self, words: str) -> None:
        number = len(self.phone.messages) + 1
        self.phone.keep(PhoneMessage(number, "person", words, NOW.timestamp()))


def label_of(move: Move) -> str:
    assert isinstance(move, Tap), move
    return move.label


def words_of(move: Move) -> str:
    assert isinstance(move, Write), move
    return move.words


def test_her_manner_chooses_by_the_step_whatever_the_language() -> None:
    asked = Asked(Manner({"ask_contact": (3,)}))
    asked.ask("تواصل؟", "ask_contact", "نعم", "تحية", "حاولت", "لا")
    assert label_of(asked.answer()) == "حاولت"


def test_the_last_button_can_be_meant() -> None:
    asked = Asked(Manner({"ask_sharing": (LAST,)}))
    asked.ask("Who may read it?", "ask_sharing", "My twin", "Only me")
    assert label_of(asked.answer()) == "Only me"


def test_a_question_that_nobody_foresaw_gets_the_first_fitting_choice() -> None:
    asked = Asked()
    asked.ask("Something new?", "ask_tomorrow", "No", "Gladly", "Later")
    assert label_of(asked.answer()) == "Gladly"


def test_what_is_asked_again_is_answered_by_a_date_then_a_number_then_left() -> None:
    asked, said = Asked(), []
    for _ in range(3):
        asked.ask("By when?")
        words = words_of(asked.answer())
        asked.write(words)
        said.append(words)
    assert said[1:] == ["30-03-2027", "3"]
    asked.ask("By when?")
    assert asked.answer() is Why.NOTHING_OPEN


def test_a_talk_in_circles_is_left() -> None:
    asked, taps = Asked(Manner({"ask_what": (1,)})), 0
    for _ in range(10):
        asked.ask("What now?", "ask_what", "Show it", "Close")
        taps += isinstance(asked.answer(), Tap)
    assert taps == 10, "each is a question of its own"
    assert [isinstance(asked.answer(), Tap) for _ in range(4)] == [True, True, False, False]


def test_her_own_word_follows_only_a_step_after_which_nobody_reads_it() -> None:
    asked = Asked(Manner({"ask_feeling": (1,), "ask_name": (1,)}, word="zembarilu"))
    asked.ask("How does it feel?", "ask_feeling", "🙂", "😄")
    asked.answer()
    asked.phone.messages[1].answered = 1
    asked.ask("Done, thank you. One line more?")
    assert "zembarilu" in words_of(asked.answer())
    asked.write("…")
    asked.ask("What will your twin read?")
    assert "zembarilu" not in words_of(asked.answer())


def test_the_dice_do_not_depend_on_who_acts_first() -> None:
    assert dice_for(1, 2, "ask", NOW).random() == dice_for(1, 2, "ask", NOW).random()
    assert dice_for(1, 2, "ask", NOW).random() != dice_for(2, 2, "ask", NOW).random()


def test_the_chronicle_shows_words_as_words_and_whoever_was_silent() -> None:
    began = NOW.timestamp()
    done = Performed(MIDWIVES, began, began + 40 * DAY)
    rows = ((Button("Ja & nee", "1.ask.1"),),)
    done.shown = {
        ANNEKE: {1: PhoneMessage(1, "bot", "<b>Dag</b>", began + 1, buttons=rows)},
        KHADIJA: {2: PhoneMessage(2, "bot", "مرحبا", began + 2)},
    }
    page = chronicle(done, [Note(began + 3, "Anneke & Fatmata come into the phase planning.")], [("Turns", "7")])
    assert "&lt;b&gt;Dag" in page and "<b>" not in page
    assert "Ja &amp; nee" in page and "Anneke &amp; Fatmata come" in page
    assert "Anneke was asked and did not answer." in page
    assert '<section class="phone" lang="ar" dir="rtl">' in page
    assert 'href="#m2026-11"' in page and 'id="m2027-01"' in page
