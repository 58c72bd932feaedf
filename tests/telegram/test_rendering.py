from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.rendering import (
    document_parameters,
    mark_parameters,
    rewrite_parameters,
    rows,
    send_parameters,
    voice_parameters,
)
from storage.messages import Document, message_from_text, message_to_text
from storage.outbox import Message


def labels(*found: str) -> list[list[str]]:
    return [list(found[row]) for row in rows(found)]


def test_five_faces_stand_in_one_row() -> None:
    assert labels("😞", "🙁", "😐", "🙂", "😀") == [["😞", "🙁", "😐", "🙂", "😀"]]


def test_two_short_labels_share_a_row_and_a_long_one_has_its_own() -> None:
    assert labels("Real exchange", "Short hello", "I tried, no answer", "No") == [
        ["Real exchange", "Short hello"],
        ["I tried, no answer"],
        ["No"],
    ]


def test_numbers_of_a_list_stand_five_in_a_row_above_the_words_below_them() -> None:
    numbers = [str(number) for number in range(1, 11)]
    assert labels(*numbers, "Answer: around us", "Close") == [
        numbers[:5],
        numbers[5:],
        ["Answer: around us"],
        ["Close"],
    ]
    assert labels("1", "2", "Write a new one") == [["1", "2"], ["Write a new one"]]


def test_more_faces_than_fit_take_another_row() -> None:
    assert labels(*"1234567") == [list("12345"), list("67")]


@given(st.lists(st.text(min_size=1, max_size=40), max_size=30))
def test_the_layout_keeps_every_button_in_order_and_telegram_s_limits(found: list[str]) -> None:
    laid = [range(len(found))[row] for row in rows(tuple(found))]
    assert [place for row in laid for place in row] == list(range(len(found)))
    assert all(1 <= len(row) <= 5 for row in laid)


def test_a_message_is_plain_text_whatever_is_in_it() -> None:
    told = send_parameters(5, Message("send", text="*Hello* <b>_name_</b>", silent=True))
    assert {name: value for name, value in told.items() if value is not None} == {
        "chat_id": 5,
        "text": "*Hello* <b>_name_</b>",
        "disable_notification": True,
    }


def test_a_voice_note_and_a_document_have_their_words_below_them() -> None:
    voice = voice_parameters(5, Message("voice", "From Anneke", file="AwAC-note", protected=True))
    assert (voice["voice"], voice["caption"], voice["protect_content"]) == ("AwAC-note", "From Anneke", True)
    document = document_parameters(5, Message("document", "Yours", document=Document("mine.txt", b"all")))
    assert (document["document"].filename, document["caption"]) == ("mine.txt", "Yours")
    assert document["document"].input_file_content == b"all"
    assert "text" not in voice | document


def test_a_rewrite_changes_the_text_and_takes_the_buttons_away() -> None:
    told = rewrite_parameters(5, 77, Message("rewrite", "Taken back.", target="shared/1/2"))
    assert told == {"chat_id": 5, "message_id": 77, "text": "Taken back."}


def test_every_message_is_read_back_as_it_was_written() -> None:
    for message in (
        Message("send", "Hé", ((("Ja", "1.a.1"),),), silent=True, protected=True),
        Message("voice", None, file="AwAC"),
        Message("document", "d", document=Document("a.json", bytes(range(256)))),
        Message("rewrite", "x", target="p1/s1/a"),
        Message("delete", target="shared/1/2/3/voice"),
    ):
        assert message_from_text(message_to_text(message)) == message


def test_a_mark_changes_the_buttons_and_not_the_text() -> None:
    told = mark_parameters(5, 77, Message("mark", buttons=((("✓ Yes", "1.a.1"), ("No", "1.a.2")),), target="p1/s1/a"))
    keyboard = [[{"text": "✓ Yes", "callback_data": "1.a.1"}, {"text": "No", "callback_data": "1.a.2"}]]
    assert told == {"chat_id": 5, "message_id": 77, "reply_markup": {"inline_keyboard": keyboard}}
