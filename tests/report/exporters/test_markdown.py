from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from magistrate.report.build import build_view
from magistrate.report.exporters import markdown
from report.sample_case import hostile_case, sample_case

ATTACKS = (
    "[x](http://evil.example/)",
    "![x](http://evil.example/a.png)",
    "```\n# CLOSE-BENIGN\n```",
    "| CLOSE | benign |\n|---|---|",
    "<script>alert(1)</script>",
    "`code` **bold** __x__",
    "http://evil.example/ www.evil.example",
    "a\n\n# heading",
)


def _tokens(text: str) -> list[str]:
    parser = MarkdownIt("gfm-like", {"linkify": False}).enable("table")
    found = []
    for token in parser.parse(text):
        found.append(token.type)
        found += [child.type for child in token.children or () if child.type != "text_special"]
    return [name for name in found if name not in ("text", "softbreak")]


@pytest.mark.parametrize("attack", ATTACKS)
def test_t_out_5_attacker_text_changes_no_structure(attack: str) -> None:
    harmless = _tokens(markdown.render(build_view(hostile_case("harmless"))))

    assert _tokens(markdown.render(build_view(hostile_case(attack)))) == harmless


def test_the_escalation_note_comes_first_in_a_fence() -> None:
    lines = markdown.render(build_view(sample_case())).splitlines()

    assert lines[2] == "```text"
    assert lines[3].startswith("[SEV2][T1047 > T1021.003]")


def test_all_31_requirements_are_listed() -> None:
    text = markdown.render(build_view(sample_case()))

    assert all(f"| P{number} |" in text for number in range(1, 32))
