"""The soft detector of what might identify somebody: what it asks about, and what it leaves in peace."""

from __future__ import annotations

import pytest

from flows.rules.confidentiality import might_identify


@pytest.mark.parametrize(
    "words",
    [
        "I spoke with Mariama yesterday",
        "a talk with (Mariama)",
        "call 076 123 456",
        "her number is +232-76-123456",
        "file 10457",
        "رقمها ٠٧٦١٢٣٤٥",
        "it was on 12/3/2026",
        "on 3.12. she came back",
        "في ١٢/٣/٢٠٢٦",
        "born 2026-03-12",
        "op 12 maart beviel ze",
        "le 1er mars elle est venue",
        "el 12 de marzo",
        "يوم ١٢ مارس",
        "on the 3rd of march",
        "maart 12",
        "sinds 4 okt ziek",
        "patient 4411",
        "dossier nr. 123",
        "رقم ٤٤١",
        "she is @mary_k here",
        "write to her: a.b@example.org",
        "dr jansen was there",
        "mevrouw de vries kwam langs",
        "we met sister Agnes",
        "Mrs Kamara came",
        "قابلت السيدة فاطمة",
    ],
)
def test_what_looks_like_a_name_date_number_or_address_is_asked_about(words: str) -> None:
    assert might_identify(words)


@pytest.mark.parametrize(
    "words",
    [
        "She showed me how to hold the baby",
        "We talked. Then we laughed. It was good",
        "I had problems with the network",
        "the items we used were new",
        "I miss you all",
        "my sister helped me",
        "the nurse on duty was kind",
        "a mother of 34, 2 children, room 12",
        "we gave 1.5 ml",
        "OK, the NGO sent us a message",
        "شكرا على كل شيء",
        "كانت الحاجة كبيرة إلى سيدة تسمعنا",
        "alles goed hier",
        "we may meet 3 times",
        "the march took 20 minutes",
        "in maart zien we elkaar",
        "no 2 days are the same",
        "3 patients, 2 twins",
        "",
    ],
)
def test_what_everybody_writes_is_left_in_peace(words: str) -> None:
    assert not might_identify(words)


@pytest.mark.parametrize("words", ["it was in May", "My friend Kadiatu laughed", "twenty-four, 24/7"])
def test_a_doubt_is_asked_about(words: str) -> None:
    """Not wrong, only careful: the author keeps it with one tap."""
    assert might_identify(words)
