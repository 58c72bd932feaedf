"""What is made from the code is current, and refuses to be made from less than the code."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.reference import __main__ as program
from bot.reference import imports, pages, route, tables, timers
from flows.definition import KINDS
from storage.schema import metadata
from tests.docs.reading import PAGES, ROOT


def test_every_generated_page_is_current() -> None:
    assert pages.stale(ROOT) == [], "run `make docs`"


def checkout(folder: Path) -> Path:
    """A copy of the pages that hold generated parts, current, and of the code that is read as text."""
    for name in (*pages.PAGES, *pages.BLOCKS):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    for package in ("bot", "flows", "storage"):
        (folder / package).symlink_to(ROOT / package)
    pages.write(folder)
    return folder


def test_a_page_that_was_edited_by_hand_is_named_and_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = checkout(tmp_path)
    settings, privacy = root / "docs/reference/settings.md", root / "docs/privacy.md"
    before = settings.read_text(), privacy.read_text()
    settings.write_text(settings.read_text().replace("8080", "8081"))
    privacy.write_text(privacy.read_text().replace("| `leases` |", "| `loans` |"))
    monkeypatch.setattr(program, "ROOT", root)
    assert program.main(["--check"]) == 1
    said = capsys.readouterr().out
    assert "docs/reference/settings.md is stale" in said
    assert "docs/privacy.md is stale" in said
    assert program.main([]) == 0
    assert (settings.read_text(), privacy.read_text()) == before
    assert program.main(["--check"]) == 0


def test_words_around_a_block_belong_to_their_author(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    page = root / "docs/architecture.md"
    page.write_text("An opening of my own.\n" + page.read_text())
    assert pages.stale(root) == []


def test_a_page_that_lost_its_block_is_refused(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    page = root / "docs/privacy.md"
    page.write_text(page.read_text().replace("<!-- end of data map -->", ""))
    with pytest.raises(pages.BlockMissing, match="data map"):
        pages.stale(root)


@pytest.mark.parametrize("hop", route.HOPS, ids=lambda hop: hop.by)
def test_every_hop_of_the_route_names_code_that_is_there(hop: route.Hop) -> None:
    assert callable(route.found(hop.by))


def test_a_hop_without_code_is_refused() -> None:
    with pytest.raises(route.HopBroken, match="no_such_function"):
        route.found("bot.turns.no_such_function")


def test_every_table_and_column_stands_in_the_data_map_on_its_own_side() -> None:
    lines = {line.split("|")[1].strip(" `"): line.split("|") for line in tables.data_map().splitlines()[2:]}
    assert set(lines) == set(metadata.tables)
    for name, table in metadata.tables.items():
        sealed, clear = (set(lines[name][place].replace("`", "").replace(",", " ").split()) - {"–"} for place in (3, 4))
        assert sealed == {column.name for column in table.columns if tables.is_sealed(column)}
        assert sealed | clear == {column.name for column in table.columns}
        assert not sealed & clear


def test_every_kind_of_timer_that_flows_set_is_on_the_page() -> None:
    known = timers.kinds(ROOT)
    assert "check_in" in known
    assert set(timers.set_in(ROOT)) == set(known)
    for kind in known:
        assert f"| `{kind}` |" in PAGES["docs/reference/timers.md"]


def test_a_length_of_time_is_said_in_its_largest_whole_unit() -> None:
    page = PAGES["docs/reference/timers.md"]
    assert "| `HOLD_FOR` | 2 hours |" in page
    assert "| `DISCARD_AFTER` | 1 day |" in page


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_step_is_documented(kind: str) -> None:
    assert f"| `{kind}` |" in PAGES["docs/reference/flow-format.md"]
    assert f"`{kind}`" in PAGES["docs/write-a-flow.md"]


def test_the_graph_of_imports_leaves_out_what_a_longer_way_says() -> None:
    graph = {"a": frozenset({"b", "c"}), "b": frozenset({"c"}), "c": frozenset[str]()}
    assert imports.without_detours(graph) == {"a": {"b"}, "b": {"c"}, "c": set()}


def test_the_graph_of_imports_loses_no_way_in_a_circle() -> None:
    graph = {"a": frozenset({"b", "c"}), "b": frozenset({"c"}), "c": frozenset({"b"})}
    lean = imports.without_detours(graph)
    assert lean["a"]
    assert lean["b"] == {"c"}
    assert lean["c"] == {"b"}


def test_no_arrow_of_the_drawing_goes_against_the_one_way() -> None:
    layers = ("bot", "storage", "flows")
    arrows = [line.split(" --> ") for line in imports.packages(ROOT).splitlines() if " --> " in line]
    ours = [[end.strip().removeprefix("n_").split("_")[0] for end in arrow] for arrow in arrows]
    steps = [(layers.index(here), layers.index(there)) for here, there in ours if there in layers]
    assert steps
    assert all(here <= there for here, there in steps)
