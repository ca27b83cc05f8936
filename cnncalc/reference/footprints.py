"""Which input positions every cell depends on: the kernels, run over sets of positions instead of numbers.

Windows, paddings and strides of different axes do not mix, so one axis can be followed at a time: the kernels run on
*threads*, tensors of one channel and the one axis, with the arguments' entries for that axis. A thread's cell is the
union over all channels and over all places on the other axes. That is what the full run would give on that axis,
unless the windows on another axis all lie in padding (`conv: 1, kernel: 1, padding: 1, stride: 3` on one cell), where
the full run would find no dependence at all.

After a step that mixes whole axes (`WHOLE`), and on an axis that was moved, every cell counts as depending on the whole
input, where it depends on anything at all.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from cnncalc.reference.arithmetic import PositionSets
from cnncalc.reference.kernels import KERNELS
from cnncalc.reference.kernels.activation import PLAIN
from cnncalc.reference.kernels.described import done
from cnncalc.reference.kernels.norm import normalised_axes
from cnncalc.reference.kernels.reshape import listed
from cnncalc.reference.kernels.resize import interpolated, is_small_plane, resample
from cnncalc.reference.run import Step, call
from cnncalc.reference.tensor import Number, Shape, Tensor, Value, stored_axis
from cnncalc.reference.weights import Layer, Weights

Args: TypeAlias = Mapping[str, Value]
Interval: TypeAlias = tuple[int, int]
Reach: TypeAlias = tuple[Interval | None, ...]
OnThread: TypeAlias = tuple[str, Args]

WHOLE = frozenset({"linear", "matmul", "attention", "global_avg_pool", "global_max_pool", "reshape", "custom"})
NOTHING = frozenset({"parameter"})
ALONE: OnThread = ("identity", {})  # what comes from the same place only
SPREAD: OnThread = ("softmax", {"axis": 2})  # every cell depends on all cells of the axis


def picked(kind: str, *names: str, fixed: Args = {}) -> Callable[[Args, int, int], OnThread]:  # noqa: B006
    """The same kind, with the axis's entry of every listed argument; the fixed arguments replace or join the others."""

    def on_thread(args: Args, axis: int, rank: int) -> OnThread:
        entries: dict[str, Value] = dict(args)
        for name in names:
            value = entries.get(name)
            if isinstance(value, Sequence) and not isinstance(value, str):
                entries[name] = [value[axis - 1]]
        return kind, {**entries, **fixed}

    return on_thread


def on_one_axis(kind: str, otherwise: OnThread = ALONE) -> Callable[[Args, int, int], OnThread]:
    """A kind that works along one axis: the same if it is this one (axis 2 of the thread), else `otherwise`."""

    def on_thread(args: Args, axis: int, rank: int) -> OnThread:
        if stored_axis(args.get("axis", 1), rank) != axis:
            return otherwise
        return kind, {**args, "axis": 2}

    return on_thread


def pad(args: Args, axis: int, rank: int) -> OnThread:
    """Every axis, or the named one."""
    return (
        picked("pad", "amounts")(args, axis, rank) if args.get("axis") is None else on_one_axis("pad")(args, axis, rank)
    )


def reduced(args: Args, axis: int, rank: int) -> OnThread | None:
    """`mean` and `amax`: without `keep`, the axes behind the first one that goes are no longer what they were."""
    gone = {stored_axis(one, rank) for one in listed(args["axis"])}
    if axis not in gone:
        return ALONE if args.get("keep") or axis < min(gone) else None
    return ("amax", {"axis": 2, "keep": True}) if args.get("keep") else None


def before(name: str, default: Value = None, more: int = 0) -> Callable[[Args, int, int], OnThread | None]:
    """Kinds that renumber the axes from a named one on: those before it are as they were."""

    def on_thread(args: Args, axis: int, rank: int) -> OnThread | None:
        first = min(stored_axis(one, rank + more) for one in listed(args.get(name, default)))
        return ALONE if axis < first else None

    return on_thread


def flatten(args: Args, axis: int, rank: int) -> OnThread | None:
    """Joining one axis changes nothing; else the axes from the first joined one on are no longer what they were."""
    first, last = (stored_axis(args.get(name, default), rank) for name, default in (("start", 1), ("end", -1)))
    return ALONE if axis < first or first == last else None


def permute(args: Args, axis: int, rank: int) -> OnThread | None:
    """An axis that stays in its place is as it was."""
    return ALONE if stored_axis(listed(args["order"])[axis], rank) == axis else None


def by_statistics(tracked: bool) -> Callable[[Args, int, int], OnThread]:
    """Running statistics are constants; computed ones depend on the whole plane."""
    return lambda args, axis, rank: ALONE if args.get("track_running_stats", tracked) else SPREAD


def layer_norm(args: Args, axis: int, rank: int) -> OnThread:
    """Spread over the axes that are normalised together."""
    return SPREAD if axis in normalised_axes(args.get("axes", "last"), rank) else ALONE


def same_place(args: Args, axis: int, rank: int) -> OnThread:
    """Cell by cell."""
    return ALONE


UNION: OnThread = ("add", {"broadcast": True})
WINDOW = ("kernel", "stride", "padding", "dilation")
ONE_CHANNEL: Args = {"out": 1, "groups": 1, "bias": False}

ON_THREAD: dict[str, Callable[[Args, int, int], OnThread | None]] = {
    "conv": picked("conv", *WINDOW, fixed=ONE_CHANNEL),
    "depthwise_conv": picked("depthwise_conv", *WINDOW, fixed={"multiplier": 1, "bias": False}),
    "conv_transpose": picked("conv_transpose", *WINDOW, "output_padding", fixed=ONE_CHANNEL),
    **{kind: picked(kind, *WINDOW) for kind in ("max_pool", "avg_pool", "lp_pool")},
    **{kind: picked(kind, "size") for kind in ("adaptive_avg_pool", "adaptive_max_pool", "max_unpool", "crop")},
    "unpool": picked("unpool", "factor"),
    "zero_insert": picked("zero_insert", "stride"),
    "upsample": picked("upsample", "factor", "size"),
    "blur_pool": picked("blur_pool", "kernel", "stride"),
    "pad": pad,
    **{kind: on_one_axis(kind) for kind in ("slice", "chunk", "select", "softmax", "log_softmax")},
    "concat": on_one_axis("concat", otherwise=UNION),
    **dict.fromkeys(("mean", "amax"), reduced),
    "permute": permute,
    "flatten": flatten,
    "squeeze": before("axis"),
    "unsqueeze": before("axis", more=1),
    "batch_norm": by_statistics(tracked=True),
    "instance_norm": by_statistics(tracked=False),
    "group_norm": lambda args, axis, rank: SPREAD,
    "layer_norm": layer_norm,
    **dict.fromkeys(("add", "mul", "sub", "max"), lambda args, axis, rank: UNION),
    "pixel_shuffle": lambda args, axis, rank: ("upsample", {"factor": args["factor"]}),
    "pixel_unshuffle": lambda args, axis, rank: ("max_pool", {"kernel": args["factor"]}),
    **dict.fromkeys(PLAIN, same_place),
    **dict.fromkeys(("leaky_relu", "elu", "celu", "gelu", "softplus", "hard_tanh", "prelu"), same_place),
    **dict.fromkeys(("dropout", "drop_path", "identity", "channel_shuffle"), same_place),
    **dict.fromkeys(("lrn", "l2_norm", "scale", "multiply"), same_place),
}

# Without the check of `upsample`, which wants two axes in mode cubic.
THREAD_KERNELS = {**KERNELS, "upsample": done(resample, interpolated)}


class Shares(PositionSets):
    """Interpolation takes a share of each neighbour: one of zero, or of a double's noise, is no dependence."""

    def scale(self, cell: Number, factor: Number) -> Number:
        return cell if abs(factor) > 1e-9 else 0


def footprints(steps: Sequence[Step], shapes: Mapping[str, Shape], source: str) -> dict[str, tuple[Reach, ...]]:
    """What every cell of every step depends on, in the network input `source`.

    `shapes` are those of all inputs and steps, without the batch, as `Record.shapes` has them from a run; they are
    needed after steps that move whole axes, and where a thread's length says otherwise it is a `ValueError`.

    Per step and spatial axis (those that step and source both have) the result has for every index along the axis the
    first and last index on the same axis of the input, or None where nothing of the input is in it. Padding contributes
    nothing; a term counts whatever its weight, except in interpolation, where a share of zero is none.
    """
    axes = [follow(steps, shapes, source, axis) for axis in range(1, len(shapes[source]))]
    return {
        step.path: tuple(
            tuple(map(interval, threads[step.path].cells)) for threads in axes[: len(shapes[step.path]) - 1]
        )
        for step in steps
    }


def interval(positions: Number) -> Interval | None:
    """First and last member of a set of positions."""
    bits = int(positions)
    return ((bits & -bits).bit_length() - 1, bits.bit_length() - 1) if bits else None


def thread(shape: Shape, axis: int, cells: Callable[[int], Number]) -> Tensor:
    """One channel of the axis; a tensor that does not have the axis is a single cell."""
    if axis >= len(shape):
        return Tensor((1,), [cells(0)])
    return Tensor((1, shape[axis]), [cells(i) for i in range(shape[axis])])


def follow(steps: Sequence[Step], shapes: Mapping[str, Shape], source: str, axis: int) -> dict[str, Tensor]:
    """Run all steps on threads of one (stored) axis."""
    everything = (1 << shapes[source][axis]) - 1
    paths = {step.path for step in steps}
    threads = {name: thread(shape, axis, lambda i: 0) for name, shape in shapes.items() if name not in paths}
    threads[source] = thread(shapes[source], axis, lambda i: 1 << i)
    for step in steps:
        try:
            result = advance(step, [threads[name] for name in step.inputs], shapes, axis, everything)
        except ValueError as error:
            raise ValueError(f"{step.path} ({step.kind}): {error}") from error
        expected = thread(shapes[step.path], axis, lambda i: 0).shape
        if result.shape != expected:
            raise ValueError(f"{step.path} ({step.kind}): {result.shape[1:]} cells, but its shape says {expected[1:]}")
        threads[step.path] = result
    return threads


def advance(step: Step, inputs: list[Tensor], shapes: Mapping[str, Shape], axis: int, everything: int) -> Tensor:
    """One step on threads."""
    shape = shapes[step.path]
    if step.kind in NOTHING:
        return thread(shape, axis, lambda i: 0)
    ranks = [len(shapes[name]) for name in step.inputs]
    lost = step.kind in WHOLE or min(ranks) <= axis or len(shape) <= axis
    moved = None if lost else ON_THREAD[step.kind](step.args, axis, ranks[0])
    if moved is None:
        touched = any(cell for tensor in inputs for cell in tensor.cells)
        return thread(shape, axis, lambda i: everything if touched else 0)
    kind, args = moved
    if step.kind == "upsample":
        args = {**args, "small_plane": is_small_plane(shape[1:])}
    arithmetic = Shares() if step.kind == "upsample" else PositionSets()
    weights = Weights(None, 0, arithmetic)
    weights.new_layer(step.path)
    layer = Layer(arithmetic, weights, weights, step.path, shared=False)
    return call(THREAD_KERNELS, Step(step.path, kind, args, step.inputs), layer, inputs)
