from __future__ import annotations

import re

from tests.report.plan_maker import hostile_plan, sample_plan

from magistrate.report.plan_markdown import render


def test_the_first_page_names_order_pace_hashes_and_every_card():
    plan = sample_plan()
    text = render(plan)

    assert plan.order in text
    assert plan.plan_hash in text
    assert all(f"### {card.order}. " in text for card in plan.cards)


def test_each_fence_that_opens_closes():
    assert sum(line.startswith("```") for line in render(sample_plan()).splitlines()) % 2 == 0


def test_attacker_text_stays_text():
    text = render(hostile_plan("`|<script>alert(1)</script>\n# heading\n```"))

    outside = re.sub(r"(?ms)^```text$.*?^```$", "", text)
    assert "<script>" not in re.sub(r"`[^`\n]*`", "", outside)
    assert "\n# heading" not in text
