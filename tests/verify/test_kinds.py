"""Every kind is complete, and nothing about it can change unseen: not its kernel, not its sizes, not its costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest

from cnncalc import verification
from cnncalc.layers import BY_NAME, KINDS
from cnncalc.layers.base import Arg, Facts
from cnncalc.reference import KERNELS
from cnncalc.reference.fast import FAST
from cnncalc.reference.footprints import NOTHING, ON_THREAD, WHOLE
from cnncalc.report.verify import plain
from cnncalc.spec.load import loads
from cnncalc.verification import Verification, verify

from .faults import changed
from .kinds import STEPS, spec

COMPARED = [kind for kind in BY_NAME if not BY_NAME[kind].declared]


def lacks(kind: Any, kernels: Mapping[str, Any] = KERNELS) -> Iterator[str]:
    """What is missing until a kind is whole, in words."""
    name = kind.kind
    if not (kind.__doc__ or "").strip():
        yield f"`{name}` has no docstring, which is its manual page"
    for argument, field in kind.fields.items():
        if not field.help.strip():
            yield f"the argument `{argument}` of `{name}` has no help"
    if kind.primary is not None and kind.primary not in kind.fields:
        yield f"the primary argument `{kind.primary}` of `{name}` is no field of it"
    if name not in kernels:
        yield f"`{name}` has no kernel in cnncalc/reference/kernels"
    if name not in WHOLE | NOTHING | set(ON_THREAD):
        yield f"`{name}` has no rule in cnncalc/reference/footprints.py, so its receptive field is not proven"
    if name not in STEPS:
        yield f"`{name}` has no network in tests/verify/kinds.py"


def test_every_kind_is_whole() -> None:
    assert [words for kind in KINDS for words in lacks(kind)] == []


def test_what_a_kind_lacks_is_said_in_words() -> None:
    bare = SimpleNamespace(kind="swirl", primary="turns", fields={"angle": Arg(None, " ", 1, None)}, __doc__=None)
    assert list(lacks(bare)) == [
        "`swirl` has no docstring, which is its manual page",
        "the argument `angle` of `swirl` has no help",
        "the primary argument `turns` of `swirl` is no field of it",
        "`swirl` has no kernel in cnncalc/reference/kernels",
        "`swirl` has no rule in cnncalc/reference/footprints.py, so its receptive field is not proven",
        "`swirl` has no network in tests/verify/kinds.py",
    ]


def test_there_is_nothing_for_kinds_that_do_not_exist() -> None:
    assert set(KERNELS) == set(FAST) == set(BY_NAME) == set(STEPS)


@pytest.mark.parametrize("kind", COMPARED)
def test_a_kind_is_as_predicted(kind: str) -> None:
    for slow in (True, False):
        found = verify(loads(spec(kind)), receptive_field=True, slow=slow)
        assert found.agree, plain(found)
        assert found.rows[-1].kind == kind


@pytest.mark.parametrize("kind", COMPARED)
def test_a_missing_kernel_is_seen(kind: str) -> None:
    others = {name: kernel for name, kernel in KERNELS.items() if name != kind}
    for table, slow in (("KERNELS", True), ("FAST", False)):
        with patch.object(verification, table, others):
            found = verify(loads(spec(kind)), slow=slow)
        assert not found.agree
        assert found.rows[-1].problem == f"there is no kind `{kind}`"
    assert list(lacks(BY_NAME[kind], others)) == [f"`{kind}` has no kernel in cnncalc/reference/kernels"]


def larger(layer: Any, x: Any, facts: Facts) -> Facts:
    return facts._replace(shape=(*facts.shape[:-1], facts.shape[-1] + 1))


def with_work(layer: Any, x: Any, facts: Facts) -> Facts:
    return facts._replace(macs=facts.macs + 1)


def with_weight(layer: Any, x: Any, facts: Facts) -> Facts:
    return facts._replace(weights={**facts.weights, "more": (1,)})


def with_buffer(layer: Any, x: Any, facts: Facts) -> Facts:
    return facts._replace(buffers={**facts.buffers, "more": (1,)})


def without_work(layer: Any, x: Any, facts: Facts) -> Facts:
    return facts._replace(macs=0)


def without_weights(layer: Any, x: Any, facts: Facts) -> Facts:
    return facts._replace(weights={})


def without_buffers(layer: Any, x: Any, facts: Facts) -> Facts:
    return facts._replace(buffers={})


def faulty(kind: str, change: Any) -> Verification:
    with changed("", [kind], change).inject():
        return verify(loads(spec(kind)))


@pytest.mark.parametrize("kind", COMPARED)
def test_a_wrong_rule_is_seen(kind: str) -> None:
    for change in (larger, with_work, with_weight, with_buffer):
        assert not faulty(kind, change).agree, change
    facts = loads(spec(kind)).nodes[-1].facts
    for counted, change in ((facts.macs, without_work), (facts.weights, without_weights),
                            (facts.buffers, without_buffers)):
        assert faulty(kind, change).agree == (not counted), change


def test_a_declared_layer_is_never_verified() -> None:
    found = faulty("custom", with_work)
    assert found.agree
    assert found.rows[-1].declared
    assert found.rows[-1].measured is None
