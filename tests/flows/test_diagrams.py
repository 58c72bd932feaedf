"""Diagrams are drawn from the flow: everything is in them, and the same flow gives the same drawing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.library import packaged_catalogue
from flows.catalogue import Catalogue, Flow, load
from flows.diagrams import catalogue_page, draw, mermaid, overview
from flows.paths import languages, ways, worst

LIBRARY = Path(__file__).parents[2] / "flows" / "library"

EVERY_KIND = """
goal = "Show every kind of step."
[[steps]]
id = "hi"
say = "Hello {person}."
[[steps]]
id = "why"
ask = "Why?"
save = "why"
skip = true
[[steps]]
id = "which"
choose = "Which?"
save = "which"
choices = [{ id = "one", text = "One" }, { id = "two", text = "Two" }, { id = "out", text = "Out", next = "end" }]
[[steps]]
id = "toss"
decide = "coin"
then = { heads = "act", tails = "which" }
[[steps]]
id = "act"
do = "join.finish"
[[steps]]
id = "sleep"
wait = "2d"
[[steps]]
id = "go_on"
start = "other"
[[steps]]
id = "hour"
choose = "When?"
save = "hour"
choices = { rule = "join.hours" }
[[steps]]
id = "thanks"
say = "Thanks."
listen = { for = "24h", save = "note" }
"""


def one(text: str) -> Flow:
    return load({"gallery/drawn.toml": text}).current("drawn")


def shipped() -> Catalogue:
    return load({path.relative_to(LIBRARY).as_posix(): path.read_text() for path in LIBRARY.rglob("*.toml")})


def test_a_flow_is_drawn_whole_for_mermaid() -> None:
    assert mermaid(one(EVERY_KIND)) == (
        "flowchart TD\n"
        '    step_hi["hi: Hello {person}."]\n'
        '    step_why[/"why: Why?"/]\n'
        '    step_which(["which: Which?"])\n'
        '    step_toss{"toss: decide coin"}\n'
        '    step_act[["act: do join.finish"]]\n'
        '    step_sleep(("sleep: wait 2 days, 0:00:00"))\n'
        '    step_go_on>"go_on: start other"]\n'
        '    step_hour(["hour: When?"])\n'
        '    step_thanks["thanks: Thanks."]\n'
        '    the_end(("end"))\n'
        "    step_hi --> step_why\n"
        '    step_why -- "0 skipped" --> step_which\n'
        '    step_which -- "1 One<br>2 Two" --> step_toss\n'
        '    step_which -- "3 Out" --> the_end\n'
        '    step_toss -- "heads" --> step_act\n'
        '    step_toss -- "tails" --> step_which\n'
        "    step_act --> step_sleep\n"
        "    step_sleep --> step_go_on\n"
        "    step_go_on --> step_hour\n"
        '    step_hour -- "choices of join.hours" --> step_thanks\n'
        '    step_thanks -- "listens, keeps note" --> the_end\n'
    )


def test_a_flow_is_drawn_whole_for_the_terminal() -> None:
    assert draw(one(EVERY_KIND)) == (
        "drawn\n"
        "  Show every kind of step.\n"
        "\n"
        "hi  Hello {person}.\n"
        "  └─ → why\n"
        "why  Why?\n"
        "  ├─ → which\n"
        "  └─ 0 skipped → which\n"
        "which  Which?\n"
        "  ├─ 1 One → toss\n"
        "  ├─ 2 Two → toss\n"
        "  └─ 3 Out → end\n"
        "toss  decide coin\n"
        "  ├─ heads → act\n"
        "  └─ tails → which ^\n"
        "act  do join.finish\n"
        "  └─ → sleep\n"
        "sleep  wait 2 days, 0:00:00\n"
        "  └─ → go_on\n"
        "go_on  start other\n"
        "  └─ → hour\n"
        "hour  When?\n"
        "  └─ choices of join.hours → thanks\n"
        "thanks  Thanks.\n"
        "  └─ listens, keeps note → end\n"
    )


def test_the_tree_says_which_steps_no_way_leads_to() -> None:
    text = (
        'goal = "G"\n[[steps]]\nid = "hi"\nsay = "Hi."\nnext = "nowhere"\n'
        '[[steps]]\nid = "lost"\nsay = "Nobody reads this."\n'
    )
    drawn = draw(one(text))
    assert "→ nowhere (there is no such step)" in drawn
    assert drawn.endswith("no way leads to: lost\n")


def test_what_mermaid_would_read_as_its_own_is_escaped() -> None:
    say = 'He said \\"#1 & <b>|x|</b> `a` \\\\\\nnext line'
    line = mermaid(one(f'goal = "G"\n[[steps]]\nid = "hi"\nsay = "{say}"\n')).splitlines()[1]
    assert line == (
        '    step_hi["hi: He said #quot;#35;1 #amp; #lt;b#gt;#124;x#124;#lt;/b#gt; #96;a#96; #92;<br>next line"]'
    )


def test_a_step_called_like_a_word_of_mermaid_is_drawn() -> None:
    text = mermaid(one('goal = "G"\n[[steps]]\nid = "graph"\nsay = "Hi."\n[[steps]]\nid = "the_end"\nsay = "Bye."\n'))
    assert 'step_graph["graph: Hi."]' in text
    assert 'step_the_end["the_end: Bye."]' in text
    assert "step_the_end --> the_end" in text


@pytest.mark.parametrize("flow", sorted(shipped().flows))
def test_every_step_and_every_choice_of_a_shipped_flow_is_in_both_drawings(flow: str) -> None:
    drawn = shipped().current(flow)
    chart, tree = mermaid(drawn), draw(drawn)
    for step in drawn.definition.steps:
        assert re.search(rf"^    step_{step.id}\W", chart, re.MULTILINE)
        assert re.search(rf"^{step.id}  ", tree, re.MULTILINE)
        for way in ways(drawn, step):
            if way.choice is not None:
                assert f"─ {way.choice.number} {drawn.texts[way.choice.text]} →" in tree
                assert re.search(rf"(\"|<br>){way.choice.number} ", chart)


def test_the_same_flow_gives_the_same_drawing() -> None:
    assert mermaid(one(EVERY_KIND)) == mermaid(one(EVERY_KIND))
    assert catalogue_page(shipped()) == catalogue_page(shipped())


def test_the_page_of_the_catalogue_shows_each_flow_with_goal_costs_and_diagram() -> None:
    catalogue = shipped()
    page = catalogue_page(catalogue)
    for flow in catalogue.flows.values():
        section = page.partition(f"### {flow.id}\n")[2].partition("\n### ")[0]
        assert flow.definition.goal in section
        assert mermaid(flow) in section
    assert "| en | 5 | 4 |" in page.partition("### weekly_checkin\n")[2]
    headings = [line for line in page.splitlines() if line.startswith("## ")]
    assert headings == sorted(set(headings)), "each phase once"


def test_the_table_of_costs_has_every_flow_with_what_it_costs_in_each_language_and_what_it_may() -> None:
    catalogue = packaged_catalogue()
    lines = overview(catalogue).splitlines()
    spoken = languages(catalogue)
    assert [line.split(" | ")[0] for line in lines[2:]] == [f"| `{flow}`" for flow in sorted(catalogue.flows)]
    for flow, line in zip(sorted(catalogue.flows), lines[2:], strict=True):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        for language, cell in zip(spoken, cells[4:], strict=True):
            cost = worst(catalogue.current(flow), language)
            assert int(cell.replace(",", "")) == cost.bytes <= int(cells[3].replace(",", ""))
            for told, own in ((cells[1], cost.messages), (cells[2], cost.taps)):
                most, allowed = (int(number) for number in told.split(" / "))
                assert own <= most <= allowed


def test_the_table_of_costs_stands_on_the_page_before_the_first_conversation() -> None:
    page = catalogue_page(shipped())
    assert overview(shipped()) in page.partition("\n### ")[0]
