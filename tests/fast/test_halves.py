"""Half of the work in a second process: the same outcome, and the child's faults and end are seen."""

from __future__ import annotations

import errno
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from cnncalc import loads, verify
from cnncalc.cli import cores
from cnncalc.reference import KERNELS, Measured, SmallNumbers, Step, Stopped, execute, sample
from cnncalc.reference.fast import FAST, conv, halves, recheck

from ..processes import environment
from .test_agreement import same

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot fork")

SMALL = ("conv", {"out": 5, "kernel": 3, "padding": 1}, (3, 10, 12))
LARGE = ("conv", {"out": 3, "kernel": [1, 3], "stride": [2, 1]}, (2, 151, 120))  # 76·118 cells: nine blocks
GROUPED = ("conv", {"out": 4, "kernel": 2, "groups": 2, "bias": False}, (4, 70, 90))
CASES = [SMALL, LARGE, GROUPED, ("depthwise_conv", {"kernel": 3, "multiplier": 2}, (3, 40, 40)),
         ("conv_transpose", {"out": 4, "kernel": 3, "stride": 2}, (3, 9, 9)), ("linear", {"out": 300}, (40,))]


@pytest.fixture(autouse=True)
def even_little_work_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halves, "WORTH", 0)
    monkeypatch.setattr(recheck, "SHARE", 10)


def measured(kind: str, args: dict[str, Any], shape: tuple[int, ...], kernels: Any = FAST) -> Measured:
    arithmetic = SmallNumbers(second_process=kernels is FAST)
    step = Step("layer", kind, args, ("x",))
    return execute([step], {"x": sample(shape, "x")}, arithmetic, kernels=kernels).steps["layer"]


def check_that_no_child_is_left() -> None:
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_outcome_is_the_same(case: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    forks = []
    fork = os.fork
    monkeypatch.setattr(os, "fork", lambda: forks.append(1) or fork())
    found = measured(*case)
    same(measured(*case, kernels=KERNELS), found)
    assert found.rechecked > 0
    assert forks
    check_that_no_child_is_left()


def only_in_the_child(right: Callable[..., Any], wrong: Callable[..., Any]) -> Callable[..., Any]:
    parent = os.getpid()
    return lambda *args: right(*args) if os.getpid() == parent else wrong(*args)


def test_a_product_left_out_by_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five channels in halves of 2 and 3: of 3·10·12 cells one of 27 products is missing."""
    right = conv.weighted_sum
    wrong = only_in_the_child(right, lambda layer, row, planes, lanes: right(layer, row[1:], planes, lanes))
    monkeypatch.setattr(conv, "weighted_sum", wrong)
    found = measured(*SMALL)
    assert found.multiply_adds == 5 * 120 * 27 - 3 * 120
    assert found.unequal > 0


def test_a_cell_that_differs_is_seen_by_the_child_too(monkeypatch: pytest.MonkeyPatch) -> None:
    right = recheck.plain_sum
    monkeypatch.setattr(recheck, "plain_sum", only_in_the_child(right, lambda *args: right(*args) + 1))
    assert measured(*SMALL).unequal == 30  # the second half of 60 cells


def test_a_child_that_ends_early_is_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conv, "weighted_sum", only_in_the_child(conv.weighted_sum, lambda *args: os._exit(3)))
    with pytest.raises(Stopped, match="the second process came to an early end"):
        measured(*SMALL)
    check_that_no_child_is_left()


def test_an_interrupt_leaves_no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(conv, "weighted_sum", interrupted)
    with pytest.raises(KeyboardInterrupt):
        measured(*SMALL)
    check_that_no_child_is_left()


ABANDONED = """
import os, sys, time
from cnncalc.reference import SmallNumbers
from cnncalc.reference.fast.halves import shared

def work(item):
    if os.getpid() != parent:
        print(os.getpid(), flush=True)
        return bytes(2**20)  # more than a pipe holds
    time.sleep(60)

parent = os.getpid()
shared(SmallNumbers(second_process=True), 1, work, [0, 1])
"""


def test_a_child_ends_when_its_parent_is_killed() -> None:
    """It holds standard output open as long as it lives, and so the parent's side of our pipe does not end."""
    with subprocess.Popen([sys.executable, "-c", ABANDONED], stdout=subprocess.PIPE, env=environment()) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.terminate()
        ended = select.select([parent.stdout], [], [], 5)[0]
        if not ended:
            os.kill(child, signal.SIGKILL)
        assert ended


def test_without_room_for_a_child_all_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise BlockingIOError(errno.EAGAIN, "no more processes")

    monkeypatch.setattr(os, "fork", refused)
    same(measured(*SMALL, kernels=KERNELS), measured(*SMALL))


def test_verified_alike() -> None:
    graph = loads("input: [3, 30, 31]\nlayers: [{conv: 8, kernel: 3}, relu, {conv: 4, kernel: 3}, flatten, {linear: 9}]\n")
    assert verify(graph, second_process=True) == verify(graph)


def test_what_is_small_is_not_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halves, "WORTH", 0.02)
    monkeypatch.setattr(os, "fork", lambda: pytest.fail("forked"))
    measured(*SMALL)


@pytest.mark.skipif(sys.platform != "linux", reason="asked on Linux alone")
@pytest.mark.parametrize(("available", "load", "free"), [
    ({0, 1}, 0.2, True), ({0, 1}, 1.9, False), ({5}, 0.0, False), (set(range(8)), 6.0, True),
])
def test_free_cores(available: set[int], load: float, free: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: available)
    monkeypatch.setattr(os, "getloadavg", lambda: (load, 0.0, 0.0))
    assert cores.core_is_free() is free
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cores.core_is_free() is False
