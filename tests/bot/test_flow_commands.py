"""`twinbot flows check|draw|try|export|import` and `twinbot translations export|import`, run as their authors do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from bot.cli import app
from bot.errors import Refused
from bot.library import packaged_catalogue
from bot.speech import packaged_languages

FLOWS = sorted(packaged_catalogue().flows)
ENGLISH, *OTHERS = packaged_languages().offered
LANGUAGES = (ENGLISH, *sorted(OTHERS))


def twinbot(*arguments: str, typed: str = "") -> str:
    """What a command that succeeds prints. What stops one is raised."""
    said = CliRunner().invoke(app, ["flows", *arguments], input=typed, catch_exceptions=False)
    assert said.exit_code == 0, said.output
    return said.stdout


def test_check_prints_the_worst_path_of_every_flow_in_every_language() -> None:
    head, *lines, end = twinbot("check").splitlines()
    assert head.split() == ["flow", "language", "messages", "taps", "bytes", "worst", "path"]
    assert [tuple(line.split()[:2]) for line in lines] == [(flow, one) for flow in FLOWS for one in LANGUAGES]
    assert end == "0 problems"


def test_check_tells_a_script_the_same() -> None:
    told = json.loads(twinbot("check", "--json"))
    assert (told["problems"], told["flows"]) == ([], len(FLOWS))
    assert [(one["flow"], one["language"]) for one in told["costs"]] == [(f, one) for f in FLOWS for one in LANGUAGES]
    assert all(one["messages"] and one["bytes"] and one["path"] for one in told["costs"])


def test_a_check_in_costs_no_more_than_was_promised() -> None:
    costs = [one for one in json.loads(twinbot("check", "--json"))["costs"] if one["flow"] == "weekly_checkin"]
    assert costs
    assert all(one["messages"] <= 5 and one["taps"] <= 4 for one in costs)
    # a letter of Arabic takes two bytes, and the words of buttons are sent twice
    assert all(one["bytes"] < (1_100 if one["language"] == "ar" else 1_000) for one in costs)


@pytest.mark.parametrize("flow", FLOWS)
def test_draw_shows_every_step(flow: str) -> None:
    drawn, mermaid = twinbot("draw", flow), twinbot("draw", flow, "--mermaid")
    for step in packaged_catalogue().flows[flow].steps:
        assert step in drawn
        assert step in mermaid


@pytest.mark.parametrize(
    ("flow", "language", "typed", "said"),
    [
        ("weekly_checkin", "en", "1 3 2 5\nit was good\n", "Kept with this check-in."),
        ("weekly_checkin", "nl", "١٣٢٥\n", "Echte uitwisseling · teruggegeven · Vaardigheid · 😄."),
        ("weekly_checkin", "nl", "nee\n/back\n", "Had je contact met Anneke"),
        ("weekly_checkin", "ar", "١ ٣، ٢ ٥\n", "تبادل حقيقي · رددت العطاء · مهارة · 😄."),
        ("weekly_checkin", "ar", "لا\nاللغه\nاللغة؟\nموضوع\n", "شكرًا"),
        ("pause", "ar", "اسبوع واحد\n", "(the flow has ended)"),
        ("pause", "en", "maybe\n2\n", "(the flow has ended)"),
        ("tell_coordinator", "nl", "1\n", "Doorgegeven."),
        ("join", "nl", "1\nAïcha\nMaroc\nja\nvrijdag\n9 uur\n", "Je doet mee, Aïcha."),
        ("join", "ar", "أوافق\nعائشة\nالمغرب\nنعم\nالجمعة\n٩\n", "عائشة"),
        ("join", "fr", "1\nAïcha\nMaroc\noui\nvendredi\n9 heures\n", "C’est fait, Aïcha\u202f: vous participez."),
        ("weekly_checkin", "es", "no\nidioma\nuna idea de tema\nhasta pronto\n", "Guardado con esta puesta al día."),
        ("join", "es", "acepto\nInés\nperu\nsi\nmiercoles\na las 9\n", "Ya participa, Inés."),
        ("join", "en", "2\n", "Nothing was kept."),
        (
            "goal",
            "en",
            "1\n2\n4\nAll births on paper\nless searching\none form\nforms\n10\n60\n9 months\n3\n1\n1\n1\n",
            "“All births on paper” is on its way to Anneke",
        ),
        ("join", "en", "", "Do you agree?"),
    ],
)
def test_try_talks_through_a_flow(flow: str, language: str, typed: str, said: str) -> None:
    assert said in twinbot("try", flow, "--language", language, typed=typed)


@pytest.mark.parametrize("arguments", [("try", "nope"), ("draw", "nope"), ("try", "join", "--language", "xx")])
def test_what_there_is_not_is_refused_with_what_there_is(arguments: tuple[str, ...]) -> None:
    with pytest.raises(Refused, match="known: "):
        twinbot(*arguments)


def test_flows_go_to_a_spreadsheet_and_an_untouched_one_changes_nothing(tmp_path: Path) -> None:
    place = str(tmp_path / "flows.xlsx")
    assert twinbot("export", "pause", "language", "--to", place) == f"2 sheets in {place}.\n"
    assert twinbot("import", place, "--dry-run") == "Nothing to change.\nNothing was written.\n"
    told: dict[str, object] = {"changed": [], "translated": {}, "problems": [], "to_translate": []}
    assert json.loads(twinbot("import", place, "--dry-run", "--json")) == told


def test_what_is_wrong_in_a_spreadsheet_is_printed_with_its_cell_and_exit_code_1(tmp_path: Path) -> None:
    place = tmp_path / "flows.xlsx"
    twinbot("export", "pause", "--to", str(place))
    book = load_workbook(place)
    book["pause"]["C14"].value = "question"
    book.save(place)
    said = CliRunner().invoke(app, ["flows", "import", str(place), "--dry-run"])
    assert said.exit_code == 1
    first, *_, last = said.stdout.splitlines()
    assert first.startswith("pause C14: “question” is no kind of step: write one of say, ask")
    assert last == "1 problem; nothing was changed."


def test_a_language_goes_to_its_translator_and_what_does_not_fit_is_printed_with_exit_code_1(tmp_path: Path) -> None:
    place = tmp_path / "nl.xlsx"
    said = CliRunner().invoke(app, ["translations", "export", "nl", "--to", str(place)], catch_exceptions=False)
    assert said.stdout.endswith(f"texts in {place}.\n")
    book = load_workbook(place)
    sheet = book["Texts"]
    row = next(cell.row for cell in sheet["A"] if cell.value == "about.title")
    sheet[f"G{row}"].value = 41 * "w"
    book.save(place)
    said = CliRunner().invoke(app, ["translations", "import", "nl", str(place), "--dry-run"])
    assert said.exit_code == 1
    first, last = said.stdout.splitlines()
    assert first == f"row {row}: about.title has 41 characters; a button may have 40 [too-long]"
    assert last.startswith("0 taken; ")
    assert last.endswith("1 problems; the rows they name were not taken. Nothing was written.")


def test_a_programme_gets_words_of_its_own_and_goes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    CliRunner().invoke(app, ["programme", "new", "Midwives", "--side", "Freetown", "--side", "Utrecht"])
    (tmp_path / "ours").mkdir()
    words = tmp_path / "ours" / "texts.toml"
    words.write_text('[weekly_checkin.ask_contact]\nen = "News of {twin}?"\n', encoding="utf-8")
    assert "would be published: texts.toml" in twinbot("publish", "ours", "--programme", "Midwives", "--check")
    assert "Nothing of its own" in twinbot("list")
    assert "differs from the packaged one: weekly_checkin" in twinbot("publish", "ours")
    told = json.loads(twinbot("list", "--json"))
    assert (told["files"], told["texts"]) == (["texts.toml"], ["weekly_checkin.ask_contact"])
    assert sorted(told["missing"]) == sorted(OTHERS)
    words.write_text('[weekly_checkin.ask_contact]\nen = "News of {nobody}?"\n', encoding="utf-8")
    said = CliRunner().invoke(app, ["flows", "publish", "ours"])
    assert said.exit_code == 1
    assert "texts.toml line 2: nothing fills {nobody}" in said.stdout
    assert "Nothing of its own" in twinbot("unpublish", "texts")
