"""What names stand for: scopes and their entries, tuples of tensors, words and steps as values, facts of tensors."""

from __future__ import annotations

from itertools import islice
from typing import Any, NamedTuple

from cnncalc.errors import Call, Fault, Span
from cnncalc.graph import Tensor
from cnncalc.layers.window import times
from cnncalc.spec.source import Table

MAX_LIST = 100_000
MAX_DEPTH = 64
MOST_SUGGESTED = 300
"""How many of the names in sight are looked through for a suggestion."""


class Unknown(Exception):
    """Something depends on a step that failed; it is neither computed nor reported."""


class Failed(NamedTuple):
    """Stands for the tensor of a step that failed."""


FAILED = Failed()


class Bundle:
    """A tuple of tensors: members are reached by number, and by name where they have one.

    `size` counts the tensors in it, tuples in it included. Raises `Fault` where it grows beyond all use: tuples that
    hold each other double with every step.
    """

    __slots__ = ("_numbers", "depth", "members", "names", "size")

    def __init__(self, members: tuple[Current, ...], names: tuple[str | None, ...]) -> None:
        self.members = members
        self.names = names
        self.size, self.depth = 0, 1
        for member in members:
            size, depth = (member.size, member.depth) if isinstance(member, Bundle) else (1, 0)
            self.size += size
            self.depth = max(self.depth, depth + 1)
        if self.size > MAX_LIST:
            raise Fault(f"the tuple holds over {MAX_LIST:,} tensors", code="too-large")
        if self.depth > MAX_DEPTH:
            raise Fault(f"tuples are nested more than {MAX_DEPTH} deep", code="too-deep")
        self._numbers: dict[str | None, int] | None = None

    def number(self, name: str) -> int | None:
        """The number of the member of that name; the first of several."""
        if self._numbers is None:
            self._numbers = {each: number for number, each in reversed(list(enumerate(self.names)))}
        return self._numbers.get(name)


Current = Tensor | Bundle | Failed
"""What a pipeline carries from step to step."""


class Frame:
    """A name scope: the spec's top level, a block's body, or one repetition (which sees its `outer` scope)."""

    __slots__ = ("branches", "chain", "input", "names", "outer", "variables")

    def __init__(self, variables: dict[str, Any], start: Current | None, chain: tuple[Call, ...],
                 outer: Frame | None = None) -> None:
        self.variables = variables
        self.names: dict[str, Entry] = {}
        self.branches: dict[str, Entry] = {}
        self.input = start
        self.chain = chain
        self.outer = outer

    def within(self, variables: dict[str, Any]) -> Frame:
        """A repetition's scope."""
        return Frame(variables, self.input, self.chain, self)

    def find(self, name: str) -> Entry | None:
        """The step of that name, outward to the end of the body."""
        frame: Frame | None = self
        while frame is not None:
            entry = frame.names.get(name) or frame.branches.get(name)
            if entry is not None:
                return entry
            frame = frame.outer
        return None

    def visible(self) -> list[str]:
        """The latest names of steps that can be referred to, for suggestions."""
        frame: Frame | None = self
        found: list[str] = []
        while frame is not None and len(found) < MOST_SUGGESTED:
            found += islice(reversed(frame.names), MOST_SUGGESTED)
            found += islice(reversed(frame.branches), MOST_SUGGESTED)
            frame = frame.outer
        return found


class Entry:
    """A named step: its path, what it hands on, and what can be reached through it."""

    __slots__ = ("absent", "kind", "members", "path", "repetitions", "span", "unfinished", "value")

    def __init__(self, path: str, kind: str, members: dict[str, Entry] | None = None) -> None:
        self.path = path
        self.kind = kind
        self.value: Current = FAILED
        self.members: dict[str, Entry] = {} if members is None else members
        self.repetitions: list[Entry] | None = None
        self.absent = False
        self.unfinished = True
        self.span: Span | None = None


class Place(NamedTuple):
    """Where something is written: the names in sight, and the tensor that `prev` means there."""

    frame: Frame
    current: Current | None


class Word(NamedTuple):
    """A bare word as a value: an option, a kind, or a reference that is resolved where it was written."""

    parts: tuple[str, ...]
    place: Place
    span: Span

    @property
    def text(self) -> str:
        """The word as written."""
        return ".".join(self.parts)


class StepValue(NamedTuple):
    """A step as a value (`act: {leaky_relu: 0.1}`); its arguments are evaluated where it was written."""

    tree: Table
    place: Place


FACTS = ("channels", "length", "height", "width", "depth", "rank")
"""What can be asked of a tensor, besides `size.N`."""


_AXIS = {"length": {1: 1}, "height": {2: 1, 3: 2}, "width": {2: 2, 3: 3}, "depth": {3: 1}}
"""Where an axis stands, by how many spatial axes there are."""


def fact(tensor: Current, name: str, seen: str) -> int:
    """A number of a tensor. Axes are numbered as in PyTorch (0 is the batch); `rank` counts the axes without the batch.

    Raises:
        Fault: the tensor is a tuple, or has no such axis.
    """
    if isinstance(tensor, Failed):
        raise Unknown
    if isinstance(tensor, Bundle):
        raise Fault(f"`${seen}` is {len(tensor.members)} tensors, and `{name}` is asked of one",
                    code="needs-one-tensor",
                    help=f"name one of them, as in `${seen}.{tensor.names[0] or 0}.{name}`" if tensor.members else "")
    shape = tensor.shape
    if name == "channels":
        return shape[0]
    if name == "rank":
        return len(shape)
    index = _AXIS[name].get(len(shape) - 1)
    if index is None:
        raise Fault(f"`{seen}` has no {name}", code="wrong-rank", detail=f"it is {times(shape)}",
                    help="ask for `size.N`")
    return shape[index]


def size(tensor: Current, axis: str, seen: str) -> int:
    """The size of an axis, numbered as in PyTorch."""
    if isinstance(tensor, Failed):
        raise Unknown
    if isinstance(tensor, Bundle):
        raise Fault(f"`${seen}` is {len(tensor.members)} tensors, and `size` is asked of one", code="needs-one-tensor")
    if not axis.isdigit() or not 1 <= int(axis) <= len(tensor.shape):
        raise Fault(f"`{seen}` has no axis {axis}", code="wrong-rank",
                    detail=f"it is {times(tensor.shape)}: axes 1 to {len(tensor.shape)}")
    return tensor.shape[int(axis) - 1]


def describe(tensor: Current) -> str:
    """A tensor in a message: `64×56×56`, or `3 tensors: b0, b1, b2`."""
    if isinstance(tensor, Bundle):
        names = ", ".join(name or str(index) for index, name in enumerate(tensor.names[:12]))
        count = len(tensor.members)
        if not count:
            return "a tuple of none"
        return f"{'a tuple of 1' if count == 1 else count}: {names}" + (", …" if len(tensor.names) > 12 else "")
    return times(tensor.shape) if isinstance(tensor, Tensor) else "unknown"


def flatten(value: Any, limit: int = MAX_LIST) -> list[Any]:
    """The items of nested lists in order.

    Raises `Fault` beyond `limit`, or `MAX_DEPTH` levels: lists that contain each other grow fast.
    """
    result: list[Any] = []
    stack = [iter(value)]
    steps = 0
    while stack:
        for item in stack[-1]:
            steps += 1
            if steps > limit:
                raise Fault(f"the list holds over {limit} items", code="too-large")
            if type(item) is tuple:
                stack.append(iter(item))
                if len(stack) > MAX_DEPTH:
                    raise Fault(f"lists are nested more than {MAX_DEPTH} deep", code="too-deep")
                break
            result.append(item)
        else:
            stack.pop()
    return result
