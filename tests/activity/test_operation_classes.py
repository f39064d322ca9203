"""Claims about the classes that acts are counted by."""

from __future__ import annotations

import pytest
from tests.answers.cases import activity

from magistrate.activity.operation_classes import CLASSES, class_of


@pytest.mark.parametrize(
    ("operation", "expected"),
    [("query", "query"), ("delete", "method"), ("registry", "method"), ("process_create", "process_create"),
     ("something new", "other")],
)  # fmt: skip
def test_every_operation_has_a_class(operation, expected):
    assert class_of(activity(operation=operation)) == expected


def test_the_most_telling_class_comes_first():
    assert CLASSES[0] == "subscription"
