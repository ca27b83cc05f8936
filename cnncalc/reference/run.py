"""Runs a network step by step and measures what happened: shapes, multiply-adds, parameters.

Nothing is computed in advance. A shape is that of the tensor which came out, multiply-adds are what the arithmetic
counted, parameters are the distinct weights that were asked for.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from math import prod
from operator import sub
from typing import NamedTuple

from cnncalc.reference.arithmetic import Arithmetic
from cnncalc.reference.kernels import KERNELS, Kernel
from cnncalc.reference.tensor import Nested, Shape, Tensor, Unseen, Value, from_nested
from cnncalc.reference.weights import GivenWeights, Layer, Weights

UNUSED = frozenset({"num_batches_tracked"})  # in every state dict of a batch normalisation, needed only in training
NEVER_RUN = frozenset({"custom"})
Progress = Callable[[int, int, str], None]


class Step(NamedTuple):
    """One layer as the executor gets it.

    `args` are the arguments as the user wrote them, after evaluation, without defaults; `inputs` are paths of earlier
    steps or names of network inputs, and a tensor that an argument refers to (`like`, `pool`) comes last among them.
    `shares` is the path of the earlier step whose weights and buffers this one uses.
    """

    path: str
    kind: str
    args: Mapping[str, Value]
    inputs: tuple[str, ...]
    shares: str | None = None

    @property
    def reads(self) -> tuple[str, ...]:
        """The first of the inputs, those whose cells are looked at; the others, like that of `like`, lend a size."""
        if self.kind == "parameter":
            return ()
        return self.inputs[:-1] if self.args.get("like") is not None else self.inputs


@dataclass(frozen=True, slots=True)
class Measured:
    """What one step did.

    `padding` says how many of the multiply-adds multiplied a padding zero. `rechecked` is how many output cells a fast
    kernel had recomputed by the plain one (none in a plain run), and `unequal` how many of them came out otherwise.
    `operations` holds the counts of everything but multiply-adds, by name. `parameters` and `buffers` are the distinct
    numbers used here for the first time: none in a step that shares. `tensor` is None unless it was asked for.
    `verified` is false for a layer that is declared and not run.
    """

    path: str
    kind: str
    shape: Shape
    tensor: Tensor | None
    multiply_adds: int
    padding: int
    rechecked: int
    unequal: int
    operations: Mapping[str, int]
    parameters: int
    buffers: int
    verified: bool


@dataclass(frozen=True, slots=True)
class Record:
    """What a whole run did: the steps by path in order, and the shapes of the network's inputs.

    `peak_cells` is how many cells were alive at most, in the tensors that a step read, wrote or left for later steps
    or for whoever wants to keep them; `peak` is the path of the first step at which that was so.
    """

    steps: Mapping[str, Measured]
    inputs: Mapping[str, Shape]
    peak_cells: int
    peak: str

    @property
    def shapes(self) -> dict[str, Shape]:
        """The shape of every input and of every step's result."""
        return {**self.inputs, **{path: step.shape for path, step in self.steps.items()}}


class Stopped(ValueError):
    """A step that cannot be run, in words; `path` and `reason` apart, and what the steps before it did."""

    def __init__(self, step: Step, reason: str, before: Record) -> None:
        super().__init__(f"{step.path} ({step.kind}): {reason}")
        self.path = step.path
        self.reason = reason
        self.before = before


def execute(
    steps: Sequence[Step],
    inputs: Mapping[str, Tensor | Nested],
    arithmetic: Arithmetic,
    *,
    weights: GivenWeights | None = None,
    seed: int = 0,
    keep: Collection[str] | None = None,
    progress: Progress | None = None,
    kernels: Mapping[str, Kernel] = KERNELS,
) -> Record:
    """Run all steps in order.

    `inputs` are tensors or nested lists, channels first, without the batch. `weights` is {path: {name: nested lists}}
    with PyTorch's names and layouts; what it lacks is made on demand from `seed`. Tensors are freed when they were read
    for the last time, but those of the paths in `keep` (by default the last step's) stay and are in the record.
    `progress(done, total, path)` is called before each step. `ValueError` for networks and inputs that make no sense,
    `Stopped` for a step that cannot be run.
    """
    run = _Run(arithmetic, kernels, weights, seed, {name: _tensor(given) for name, given in inputs.items()})
    _check_paths(steps, inputs, weights or {})
    kept = set(keep if keep is not None else [step.path for step in steps[-1:]])
    uses = Counter(name for step in steps for name in step.reads)
    run.free(inputs.keys() - uses.keys() - kept)
    measured: dict[str, Measured] = {}
    for number, step in enumerate(steps):
        if progress:
            progress(number, len(steps), step.path)
        try:
            measured[step.path] = run.step(step, step.path in kept)
        except ValueError as error:
            raise Stopped(step, str(error), run.record(measured)) from error
        except ArithmeticError as error:
            reason = f"the numbers cannot be computed with: {error}"
            raise Stopped(step, reason, run.record(measured)) from error
        uses.subtract(step.reads)
        run.free(name for name in {*step.reads, step.path} - kept if not uses[name])
    return run.record(measured)


def _tensor(given: Tensor | Nested) -> Tensor:
    tensor = given if isinstance(given, Tensor) else from_nested(given)
    if not tensor.shape:
        raise ValueError("an input needs at least one axis, and a single number was given")
    return tensor


def _check_paths(steps: Sequence[Step], inputs: Collection[str], weights: GivenWeights) -> None:
    """Every path once, no weights for a step that does not exist or has none of its own."""
    paths = {step.path for step in steps}
    if len(paths) < len(steps) or paths & set(inputs):
        raise ValueError("two steps or inputs have the same path")
    for path in weights:
        if path not in paths:
            raise ValueError(f"weights were given for {path}, which is no step of this network")
    for step in steps:
        if step.shares is not None and step.path in weights:
            raise ValueError(f"{step.path} shares the weights of {step.shares}: give them there")


class _Run:
    """The tensors that are alive, and the weights used so far."""

    def __init__(
        self,
        arithmetic: Arithmetic,
        kernels: Mapping[str, Kernel],
        weights: GivenWeights | None,
        seed: int,
        inputs: Mapping[str, Tensor],
    ) -> None:
        self._given_shapes = {name: tensor.shape for name, tensor in inputs.items()}
        self._shapes = dict(self._given_shapes)
        self._arithmetic = arithmetic
        self._kernels = kernels
        self._given = weights or {}
        self._weights = Weights(weights, seed, arithmetic)
        self._buffers = Weights(weights, seed, arithmetic)
        self._owners: dict[str, str] = {}
        self._peak = (0, "")
        self._alive = {name: self._settled(tensor) for name, tensor in inputs.items()}

    def step(self, step: Step, keep: bool) -> Measured:
        """Run one step and say what happened."""
        owner = self._owner(step)
        before = self._asked(owner)
        tallies_before, operations_before = self._tallies(), self._arithmetic.counts.copy()
        layer = Layer(self._arithmetic, self._weights, self._buffers, owner, step.shares is not None)
        tensor = self._settled(call(self._kernels, step, layer, self._inputs(step)))
        self._alive[step.path] = tensor
        self._shapes[step.path] = tensor.shape
        cells = sum(len(tensor.cells) for tensor in self._alive.values())
        self._peak = max(self._peak, (cells, step.path), key=lambda peak: peak[0])
        self._refuse_unused(step.path)
        operations = self._arithmetic.counts - operations_before
        multiply_adds, padding, rechecked, unequal = map(sub, self._tallies(), tallies_before)
        parameters, buffers = map(sub, self._asked(owner), before)
        return Measured(
            path=step.path,
            kind=step.kind,
            shape=tensor.shape,
            tensor=tensor if keep else None,
            multiply_adds=multiply_adds,
            padding=padding,
            rechecked=rechecked,
            unequal=unequal,
            operations=dict(operations),
            parameters=parameters,
            buffers=buffers,
            verified=step.kind not in NEVER_RUN,
        )

    def record(self, measured: Mapping[str, Measured]) -> Record:
        """What has happened so far."""
        return Record(measured, self._given_shapes, *self._peak)

    def free(self, names: Iterable[str]) -> None:
        """Forget tensors."""
        for name in names:
            self._alive.pop(name, None)

    def _settled(self, tensor: Tensor) -> Tensor:
        return Tensor(tensor.shape, self._arithmetic.settle(tensor.cells), tensor.switches)

    def _inputs(self, step: Step) -> list[Tensor]:
        """The tensors that are read, and of those that lend a size nothing else."""
        for name in step.inputs:
            if name not in self._shapes:
                raise ValueError(f"takes {name}, which is neither an earlier step nor an input")
        shapes = [self._shapes[name] for name in step.inputs[len(step.reads):]]
        return [*(self._alive[name] for name in step.reads), *(Tensor(shape, Unseen(prod(shape))) for shape in shapes)]

    def _owner(self, step: Step) -> str:
        """The step that the weights belong to; sharing may go over several steps."""
        if step.shares is None:
            self._owners[step.path] = step.path
            self._weights.new_layer(step.path)
            self._buffers.new_layer(step.path)
        elif step.shares in self._owners:
            self._owners[step.path] = self._owners[step.shares]
        else:
            raise ValueError(f"shares the weights of {step.shares}, which is no earlier step")
        return self._owners[step.path]

    def _refuse_unused(self, path: str) -> None:
        """A given weight that nobody asked for is a mistake somewhere, not a detail."""
        given = set(self._given.get(path, {}))
        if unused := sorted(given and given - self._weights.names(path) - self._buffers.names(path) - UNUSED):
            raise ValueError(f"has no {', '.join(f'`{name}`' for name in unused)}, but weights of that name were given")

    def _tallies(self) -> tuple[int, int, int, int]:
        done = self._arithmetic
        return done.multiply_adds, done.padding, done.rechecked, done.unequal

    def _asked(self, owner: str) -> tuple[int, int]:
        return self._weights.asked(owner), self._buffers.asked(owner)


def call(kernels: Mapping[str, Kernel], step: Step, layer: Layer, tensors: Sequence[Tensor]) -> Tensor:
    """Look the kernel up and hand it its inputs and arguments; `ValueError` if there is none or they do not fit it."""
    if step.kind not in kernels:
        raise ValueError(f"there is no kind `{step.kind}`")
    kernel = kernels[step.kind]
    try:
        signature(kernel).bind(layer, *tensors, **step.args)
    except TypeError as error:
        if "positional" in str(error):
            raise ValueError(f"does not take {len(tensors)} tensors") from error
        raise ValueError(str(error)) from error
    return kernel(layer, *tensors, **step.args)
