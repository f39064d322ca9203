"""Situations for property tests of the rule table: everything that the rules can see, freely combined."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from tests.decision.basis import basis_of

from magistrate.activity.model import Confidence
from magistrate.answers.answer import State
from magistrate.decision.facts import establish_facts, values
from magistrate.decision.rules import evaluate, is_close, is_escalation
from magistrate.decision.situation import (
    AnswerSituation,
    FindingSituation,
    IdentityState,
    Situation,
    StorySituation,
)
from magistrate.detections.finding import Tier
from magistrate.playbooks.load import load_playbook

PLAYBOOK = load_playbook("t1047")
STATES = [State.YES, State.NO, State.UNKNOWN, State.CONFLICT]
CODES = ("Q1", "Q2", "Q3", "Q4", "E1", "E2", "E3", "E4")
HOSTS = ("srv01", "srv02")


def finding(
    code,
    story_id="s-1",
    *,
    excused=False,
    scoped=False,
    family=None,
    sources=("Security",),
    name=None,
    role="server",
):
    tier = {"D": Tier.DECISIVE, "S": Tier.STRONG, "W": Tier.WEAK, "M": Tier.MITIGATING}[code[0]]
    waivable = code not in ("D1", "D5", "D7", "D8") and (code != "D2" or scoped)
    return FindingSituation(
        name or f"F-{code}", code, tier, family or ("IMPACT" if code == "D2" else code), story_id, sources, waivable,
        excused and waivable, role,
    )  # fmt: skip


def story(name="s-1", **values):
    base = StorySituation(
        name,
        ("srv01",),
        ("srv01",),
        IdentityState.GOOD,
        Confidence.HIGH,
        (("srv01", "A"),),
        server_or_unknown=False,
    )
    return replace(base, **values)


def answers(**states):
    """All NO, Q1 and Q2 YES: the answers of a case that may be closed; override by code."""
    usual = dict.fromkeys(CODES, State.NO) | {"Q1": State.YES, "Q2": State.YES}
    merged = usual | states
    return tuple(
        AnswerSituation(
            code,
            state,
            ("M1", "M5") if (code, state) == ("Q1", State.YES) else (),
            basis=basis_of(code, state),
        )
        for code, state in merged.items()
    )


def answer(code, state, story_id="s-1", anchors=()):
    """One answer with the facts behind it."""
    met = anchors if code == "Q1" else ()
    return AnswerSituation(code, state, met, basis=basis_of(code, state, story_id))


def closable():
    """The one kind of case that R8 closes."""
    return Situation((story(),), (finding("M1"), finding("M5")), answers())


def with_states(**states):
    """The closable case with other answers."""
    case = closable()
    return replace(
        case, answers=tuple(answer(a.id, states.get(a.id, a.state), anchors=a.anchors) for a in case.answers)
    )


def outcome(situation):
    return evaluate(PLAYBOOK, values(establish_facts(situation)))


def rank(disposition):
    """Escalations above holding above closing."""
    if is_close(disposition):
        return 1
    if is_escalation(disposition):
        return 4 if disposition.value.endswith("INCIDENT") else 3
    return 2 if disposition.value == "HOLD-DATA" else 0


_codes = st.sampled_from(
    [
        "D1",
        "D2",
        "D3",
        "D5",
        "D7",
        "D9",
        "S1",
        "S2",
        "S3",
        "S4",
        "S13",
        "W1",
        "W2",
        "W3",
        "M1",
        "M2",
        "M4",
        "M5",
    ]
)


@st.composite
def findings(draw, story_ids):
    code = draw(_codes)
    return finding(
        code,
        draw(st.sampled_from([*story_ids, None])),
        excused=draw(st.booleans()),
        scoped=draw(st.booleans()),
        sources=tuple(
            draw(st.lists(st.sampled_from(["Security", "Sysmon"]), min_size=1, max_size=2, unique=True))
        ),
        name=f"F{draw(st.integers(0, 99_999))}",
        role=draw(st.sampled_from(["server", "workstation", "dc", "unknown"])),
    )


@st.composite
def stories(draw, name):
    unseen = draw(st.booleans())
    return StorySituation(
        id=name,
        ran_on=("srv01",),
        targets=tuple(draw(st.lists(st.sampled_from(HOSTS), min_size=1, max_size=2, unique=True))),
        identity=draw(st.sampled_from(list(IdentityState))),
        confidence=draw(st.sampled_from(list(Confidence))),
        grades=(("srv01", draw(st.sampled_from("ABCD"))),),
        source_covered=draw(st.booleans()),
        unexamined=("srv02",) if unseen else (),
        seen_where_it_ran=draw(st.booleans()),
        server_or_unknown=draw(st.booleans()),
        exercise=draw(st.sampled_from([None, None, "EX-1"])),
        critical=draw(st.booleans()),
        tier0_account=draw(st.booleans()),
    )


@st.composite
def situations(draw, most_stories=2):
    names = [f"s-{n}" for n in range(draw(st.integers(0, most_stories)))]
    q1 = draw(st.lists(st.sampled_from(["M1", "M2+M3", "M4", "M5", "M6"]), max_size=3, unique=True))
    return Situation(
        stories=tuple(draw(stories(name)) for name in names),
        findings=tuple(draw(st.lists(findings(names), max_size=5))),
        answers=tuple(
            answer(code, draw(st.sampled_from(STATES)), draw(st.sampled_from(names or ["s-1"])), tuple(q1))
            for code in CODES
        ),
        tamper=draw(st.sampled_from([(), (), ("Security log cleared on srv01",)])),
        cold_start_waiver=draw(st.booleans()),
        raw_contradicts=draw(st.sampled_from([(), (), ("ParentImage",)])),
    )


@st.composite
def nearly_closable(draw):
    """Cases one or two steps from a close, where the properties have the most to lose."""
    base = closable()
    free = draw(situations())
    if draw(st.booleans()):
        base = replace(base, stories=tuple(replace(s, exercise="EX-1") for s in base.stories))
    for part in draw(
        st.lists(st.sampled_from(["findings", "answers", "tamper", "story"]), max_size=2, unique=True)
    ):
        if part == "findings":
            base = replace(
                base, findings=(*base.findings, *(replace(f, story_id="s-1") for f in free.findings))
            )
        elif part == "answers":
            changed = draw(st.sampled_from(CODES))
            base = replace(
                base,
                answers=tuple(
                    answer(a.id, draw(st.sampled_from(STATES)), anchors=a.anchors) if a.id == changed else a
                    for a in base.answers
                ),
            )
        elif part == "tamper":
            base = replace(base, tamper=free.tamper)
        elif free.stories:
            base = replace(base, stories=(replace(free.stories[0], id="s-1"),))
    return base


def any_situation():
    return st.one_of(situations(), nearly_closable())
