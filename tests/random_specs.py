"""Random specs, as texts in the language: all kinds, blocks, branches, tuples, repetition, sharing, several inputs.

`random_spec(seed)` gives the same text for the same seed. Steps are proposed one by one for the shape that is there,
and kept where the text still makes a network; so every text is valid. Sizes are small: a network runs in milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from math import gcd, prod
from random import Random
from typing import Any

from cnncalc.errors import SpecError
from cnncalc.graph import Graph
from cnncalc.layers import BY_NAME
from cnncalc.spec.load import loads

Shape = tuple[int, ...]
Step = dict[str, Any] | str | list[Any]

MOST_CELLS, MOST_MACS = 3_000, 40_000
FOCI = tuple(kind for kind in BY_NAME if kind != "custom")  # which is never verified, and occurs often enough


def flow(value: Any) -> str:
    """A value in flow notation; None as a mapping's value is a key without one."""
    if isinstance(value, dict):
        return "{" + ", ".join(key if item is None else f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


class Chooser:
    """Random arguments for a tensor of a known shape; a kind that does not fit it gives None."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng

    def maybe(self, args: dict[str, Any], **more: Callable[[], Any]) -> dict[str, Any]:
        """Arguments with some optional ones."""
        return args | {name: make() for name, make in more.items() if self.rng.random() < 0.4}

    def per_axis(self, shape: Shape, low: int, high: int) -> Any:
        """A number for all axes, or one for each."""
        if self.rng.random() < 0.5:
            return self.rng.randint(low, high)
        return [self.rng.randint(low, high) for _ in shape[1:]]

    def flag(self) -> bool:
        return self.rng.random() < 0.5

    def divisor(self, number: int) -> int:
        return self.rng.choice([d for d in range(1, number + 1) if number % d == 0])

    def padding(self, shape: Shape, most: int) -> Any:
        style = self.rng.randrange(4)
        if style == 0:
            return self.rng.choice(["half", "same", "same_lower", "valid"])
        if style == 1:
            return [[self.rng.randint(0, most), self.rng.randint(0, most)] for _ in shape[1:]]
        return self.per_axis(shape, 0, most)

    def axis(self, shape: Shape, *, first: int = 1) -> int:
        number = self.rng.randint(first, len(shape))
        return number if self.flag() else number - len(shape) - 1

    def kind(self, kind: str, shape: Shape) -> dict[str, Any] | None:
        """Arguments of a kind, with the kind first."""
        make = getattr(self, kind, None)
        args = make(shape) if make is not None else {}
        if args is None:
            return None
        primary = BY_NAME[kind].primary
        if primary in args and self.rng.random() < 0.8:
            return {kind: args[primary], **{name: value for name, value in args.items() if name != primary}}
        return {kind: None, **args}

    def conv(self, shape: Shape) -> dict[str, Any] | None:
        if not 2 <= len(shape) <= 4:
            return None
        groups = self.divisor(shape[0])
        args = {"out": groups * self.rng.randint(1, max(1, 6 // groups)), "kernel": self.per_axis(shape, 1, 3)}
        if groups > 1 and self.flag():
            args["groups"] = groups
        return self.maybe(args, stride=lambda: self.per_axis(shape, 1, 3), padding=lambda: self.padding(shape, 2),
                          dilation=lambda: self.per_axis(shape, 1, 2), bias=self.flag)

    def depthwise_conv(self, shape: Shape) -> dict[str, Any] | None:
        args = self.conv(shape)
        if args is None:
            return None
        kept = {name: value for name, value in args.items() if name not in ("out", "groups")}
        return self.maybe(kept, multiplier=lambda: self.rng.randint(1, 3))

    def conv_transpose(self, shape: Shape) -> dict[str, Any] | None:
        args = self.conv(shape)
        if args is None:
            return None
        if args.get("padding") in ("same", "same_lower"):
            del args["padding"]
        return self.maybe(args, output_padding=lambda: self.per_axis(shape, 0, 1))

    def linear(self, shape: Shape) -> dict[str, Any]:
        args: dict[str, Any] = {"out": self.rng.randint(1, 6)}
        return self.maybe(args | ({"axis": "last"} if len(shape) > 2 else {}), bias=self.flag)

    def attention(self, shape: Shape) -> dict[str, Any] | None:
        if len(shape) < 2 or shape[-1] > 12:
            return None
        return self.maybe({"heads": self.divisor(shape[-1])}, bias=self.flag)

    def matmul(self, shape: Shape) -> dict[str, Any] | None:
        """Of the tensor with itself, turned round."""
        return {"from": ["prev", "prev"], "transpose": True} if len(shape) > 1 else None

    def max_pool(self, shape: Shape) -> dict[str, Any] | None:
        args = self.avg_pool(shape)
        if args is None:
            return None
        args.pop("count_include_pad", None)
        args.pop("divisor_override", None)
        return self.maybe(args, dilation=lambda: self.per_axis(shape, 1, 2))

    def avg_pool(self, shape: Shape) -> dict[str, Any] | None:
        args = self.lp_pool(shape)
        if args is None:
            return None
        args.pop("norm", None)
        return self.maybe(args, padding=lambda: self.padding(shape, 1), count_include_pad=self.flag,
                          divisor_override=lambda: 3)

    def lp_pool(self, shape: Shape) -> dict[str, Any] | None:
        args = self.blur_pool(shape)
        return args and self.maybe(args, norm=lambda: self.rng.choice([1, 2, 3]), ceil_mode=self.flag)

    def blur_pool(self, shape: Shape) -> dict[str, Any] | None:
        if not 2 <= len(shape) <= 4:
            return None
        return self.maybe({"kernel": self.per_axis(shape, 1, 3)}, stride=lambda: self.per_axis(shape, 1, 3))

    def adaptive_avg_pool(self, shape: Shape) -> dict[str, Any]:
        size = [self.rng.choice([1, 2, 3, "keep"]) for _ in shape[1:]]
        return {"size": size if self.flag() else self.rng.randint(1, 4)}

    adaptive_max_pool = adaptive_avg_pool

    def unpool(self, shape: Shape) -> dict[str, Any]:
        return {"factor": self.per_axis(shape, 1, 2)}

    def zero_insert(self, shape: Shape) -> dict[str, Any]:
        return {"stride": self.per_axis(shape, 1, 3)}

    def upsample(self, shape: Shape) -> dict[str, Any]:
        mode = self.rng.choice(["nearest", "linear", "nearest-exact", "cubic"])
        target: dict[str, Any] = {"size": self.per_axis(shape, 1, 9)}
        if self.flag():
            target = {"factor": self.rng.choice([2, 1.5, 0.75, 2.3, 1.1])}
        return target | ({} if mode == "nearest" else {"mode": mode})

    def batch_norm(self, shape: Shape) -> dict[str, Any]:
        return self.maybe({}, affine=self.flag, eps=lambda: 0.001)

    def instance_norm(self, shape: Shape) -> dict[str, Any]:
        return self.maybe({}, affine=self.flag, track_running_stats=self.flag)

    def group_norm(self, shape: Shape) -> dict[str, Any]:
        return self.maybe({"groups": self.divisor(shape[0])}, affine=self.flag)

    def layer_norm(self, shape: Shape) -> dict[str, Any]:
        axes = self.rng.choice(["last", "channels", "all", self.rng.randint(1, len(shape))])
        return self.maybe({"axes": axes}, affine=self.flag, bias=self.flag)

    def l2_norm(self, shape: Shape) -> dict[str, Any]:
        return self.maybe({}, affine=self.flag)

    def lrn(self, shape: Shape) -> dict[str, Any]:
        return {"size": self.rng.randint(1, 5)}

    def scale(self, shape: Shape) -> dict[str, Any]:
        return self.maybe({}, bias=self.flag)

    def multiply(self, shape: Shape) -> dict[str, Any]:
        return {"number": self.rng.choice([2, 0.5])}

    def prelu(self, shape: Shape) -> dict[str, Any]:
        return {"count": self.rng.choice([1, shape[0], "$prev.channels"])}

    def softmax(self, shape: Shape) -> dict[str, Any]:
        return self.maybe({}, axis=lambda: self.axis(shape))

    log_softmax = softmax

    def flatten(self, shape: Shape) -> dict[str, Any]:
        return self.maybe({}, start=lambda: self.axis(shape))

    def mean(self, shape: Shape) -> dict[str, Any]:
        axis: Any = self.axis(shape)
        if len(shape) > 2 and self.flag():
            axis = self.rng.sample(range(1, len(shape) + 1), 2)
        return self.maybe({"axis": axis}, keep=self.flag)

    amax = mean

    def parameter(self, shape: Shape) -> dict[str, Any]:
        return {"shape": list(shape)}

    def custom(self, shape: Shape) -> dict[str, Any]:
        return {"output": list(shape), "params": 3, "macs": 7}

    def reshape(self, shape: Shape) -> dict[str, Any]:
        first = self.divisor(prod(shape))
        return {"shape": self.rng.choice([[first, -1], [-1, first], [*shape, 1], [1, -1]])}

    def permute(self, shape: Shape) -> dict[str, Any]:
        return {"order": self.rng.sample(range(1, len(shape) + 1), len(shape))}

    def squeeze(self, shape: Shape) -> dict[str, Any] | None:
        ones = [axis for axis, size in enumerate(shape, 1) if size == 1]
        return {"axis": self.rng.choice(ones)} if ones else None

    def unsqueeze(self, shape: Shape) -> dict[str, Any] | None:
        return {"axis": self.rng.randint(1, len(shape) + 1)} if len(shape) < 4 else None

    def channel_shuffle(self, shape: Shape) -> dict[str, Any]:
        return {"groups": self.divisor(shape[0])}

    def pixel_shuffle(self, shape: Shape) -> dict[str, Any]:
        return {"factor": 1 if shape[0] % 4 else 2}

    def pixel_unshuffle(self, shape: Shape) -> dict[str, Any]:
        return {"factor": self.divisor(gcd(*shape[1:], 0) or 1)}

    def pad(self, shape: Shape) -> dict[str, Any]:
        if self.rng.random() < 0.3:
            return {"amounts": [[self.rng.randint(0, 2), self.rng.randint(-1, 2)]], "axis": self.axis(shape)}
        amounts = self.rng.choice([1, [[self.rng.randint(-1, 2), self.rng.randint(0, 2)] for _ in shape[1:]]])
        return self.maybe({"amounts": amounts},
                          mode=lambda: self.rng.choice(["reflect", "replicate", "circular", "constant"]))

    def crop(self, shape: Shape) -> dict[str, Any]:
        return {"size": [self.rng.randint(1, size) for size in shape[1:]]}

    def slice(self, shape: Shape) -> dict[str, Any]:
        axis = self.rng.randint(1, len(shape))
        start = self.rng.randrange(shape[axis - 1])
        stop = self.rng.choice(["end", self.rng.randint(start + 1, shape[axis - 1])])
        return {"range": [start, stop], "axis": axis}

    def chunk(self, shape: Shape) -> dict[str, Any]:
        axis = self.rng.randint(1, len(shape))
        parts = self.divisor(shape[axis - 1])
        return {"index": self.rng.randrange(parts), "of": parts, "axis": axis}

    def select(self, shape: Shape) -> dict[str, Any]:
        axis = self.rng.randint(1, len(shape))
        return {"indices": [self.rng.randrange(shape[axis - 1]) for _ in range(self.rng.randint(1, 3))], "axis": axis}

    def max_unpool(self, shape: Shape) -> None:
        return None  # comes with its pool, as a pattern


MERGES = ("add", "mul", "sub", "max")
SAME_SHAPE = ("relu", "sigmoid", "batch_norm", "dropout", "silu", "scale", "softmax", "lrn", "prelu", "hard_swish")


class Writer:
    """A spec under construction."""

    def __init__(self, rng: Random, focus: str) -> None:
        self.rng = rng
        self.focus = focus
        self.attention = 0.7
        self.choose = Chooser(rng)
        self.head: list[str] = []
        self.blocks: list[str] = []
        self.steps: list[str] = []
        self.outputs: list[str] = []
        self.names = 0

    def text(self, *more: str) -> str:
        """The spec, with some steps more."""
        lines = [*self.head, *(["blocks:", *self.blocks] if self.blocks else []), "layers:",
                 *(f"- {step}" for step in (*self.steps, *more))]
        return "\n".join([*lines, *([f"outputs: {flow(self.outputs)}"] if self.outputs else [])]) + "\n"

    def name(self) -> str:
        self.names += 1
        return f"n{self.names}"

    def attempt(self, *steps: Step) -> bool:
        """Add steps if the result is a network that is small enough."""
        written = [flow(step) for step in steps]
        try:
            graph = loads(self.text(*written))
        except SpecError:
            return False
        if not small(graph):
            return False
        self.steps += written
        return True

    def shape(self) -> Shape:
        graph = loads(self.text())
        return graph.shape(len(graph.inputs) + len(graph.nodes) - 1)

    # patterns

    def layer(self, shape: Shape) -> bool:
        kind = self.focus if self.rng.random() < self.attention else self.rng.choice(list(BY_NAME))
        step = self.choose.kind(kind, shape)
        done = step is not None and self.attempt(step)
        if done and kind == self.focus:
            self.attention = 0.1
        return done

    def keeping(self, shape: Shape) -> list[Step]:
        """A branch that keeps the shape."""
        if len(shape) in (2, 3, 4) and self.rng.random() < 0.5:
            conv = {"conv": shape[0], "kernel": self.rng.choice([1, 3]), "padding": "half"}
            return [conv, *self.rng.choices(SAME_SHAPE, k=self.rng.randint(0, 2))]
        return list(self.rng.choices(SAME_SHAPE, k=self.rng.randint(1, 2)))

    def merge(self, shape: Shape) -> bool:
        """Branches, named or in a list, joined cell by cell."""
        branches = [self.keeping(shape) for _ in range(self.rng.randint(2, 3))]
        if self.rng.random() < 0.5:
            return self.attempt({self.rng.choice(MERGES): branches})
        named: dict[str, Any] = {f"b{number}": branch for number, branch in enumerate(branches)}
        if self.rng.random() < 0.5:
            named["skip"] = None
        return self.attempt({self.rng.choice(MERGES): named})

    def concat(self, shape: Shape) -> bool:
        branches = [self.keeping(shape) for _ in range(self.rng.randint(2, 3))]
        if len(shape) in (2, 3, 4):
            branches[0] = [{"conv": self.rng.randint(1, 4), "kernel": 1}]
        axis = self.rng.choice([{}, {}, {"axis": self.choose.axis(shape)}])
        return self.attempt({"concat": branches, **axis})

    def gate(self, shape: Shape) -> bool:
        """Squeeze and excitation."""
        inner = ["global_avg_pool", {"conv": 2, "kernel": 1}, "relu", {"conv": shape[0], "kernel": 1}, "sigmoid"]
        branches = {"x": None, "gate": inner} if self.rng.random() < 0.5 else {"gate": inner, "x": None}
        return self.attempt({self.rng.choice(MERGES): branches, "broadcast": True})

    def pixels(self, shape: Shape) -> bool:
        """Pixels to channels or back, of a tensor that was made to fit."""
        factor = self.rng.randint(2, 3)
        if self.focus == "pixel_shuffle":
            return self.attempt({"conv": factor**2, "kernel": 1}, {"pixel_shuffle": factor})
        return self.attempt({"upsample": factor}, {"pixel_unshuffle": factor})

    def single(self, shape: Shape) -> bool:
        """An axis of one cell, and without it."""
        axis = self.choose.axis(shape)
        return self.attempt({"select": 0, "axis": axis}, {"squeeze": axis})

    def tuple(self, shape: Shape) -> bool:
        """A tuple, a step on each of its members, a merge."""
        name = self.name()
        each = self.rng.choice([[], [{self.rng.choice(SAME_SHAPE): None, "each": [f"{name}.0", f"{name}.1"]}]])
        return self.attempt({"parallel": [self.keeping(shape), self.keeping(shape)], "name": name}, *each,
                            self.rng.choice(["concat", "add"]))

    def repeated(self, shape: Shape) -> bool:
        """A group, several times, perhaps with the same weights."""
        share = self.rng.choice([{}, {"share": True}])
        return self.attempt({"layers": self.keeping(shape), "repeat": self.rng.randint(1, 3), **share})

    def block(self, shape: Shape) -> bool:
        """A residual block with parameters, called several times."""
        name, before = f"unit{len(self.blocks)}", list(self.blocks)
        norm, act = self.rng.choice(["batch_norm", "{group_norm: 1}", "identity"]), self.rng.choice(SAME_SHAPE)
        conv = "{conv: $out, kernel: 3, stride: $stride, padding: half, bias: false}"
        skip = "{conv: $out, kernel: 1, stride: $stride, when: $stride != 1 or $in.channels != $out}"
        self.blocks.append(f"  {name}(out, stride=1, act={act}): "
                           f"[{{add: {{main: [{conv}, {norm}, $act], skip: [{skip}]}}}}, $act]")
        call = {name: self.rng.randint(1, 5)}
        if self.attempt(self.choose.maybe(call, stride=lambda: 2),
                        call | {"repeat": self.rng.randint(1, 2), "first": {"stride": self.rng.randint(1, 2)}}):
            return True
        self.blocks = before
        return False

    def skip(self, shape: Shape) -> bool:
        """A connection by name, over a few layers."""
        name = self.name()
        step = {self.rng.choice(SAME_SHAPE): None, "name": name}
        inner = self.keeping(shape)
        return self.attempt(step, inner, {self.rng.choice(["concat", *MERGES]): None, "from": [name, "prev"]})

    def shared(self, shape: Shape) -> bool:
        """The weights of a step used again by name."""
        name, step = self.name(), self.choose.kind(self.rng.choice(["conv", "batch_norm", "scale", "linear"]), shape)
        if step is None:
            return False
        again = {key: value for key, value in step.items() if key != "name"} | {"from": f"{name}in", "share": name}
        return self.attempt({"relu": None, "name": f"{name}in"}, step | {"name": name}, again)

    def unpooled(self, shape: Shape) -> bool:
        """Pooling and its inverse."""
        pool, name = self.choose.kind("max_pool", shape), self.name()
        return pool is not None and self.attempt(pool | {"name": name}, "relu", {"max_unpool": name})

    def like(self, shape: Shape) -> bool:
        """Another tensor's size, by interpolation or by cropping."""
        name, step = self.name(), self.choose.kind(self.rng.choice(["conv", "max_pool", "pad", "upsample"]), shape)
        kind = self.rng.choice(["upsample", "crop"])
        return step is not None and self.attempt({"identity": None, "name": name}, step, {kind: None, "like": name})

    def tap(self, shape: Shape) -> bool:
        """A side path that is an output of its own."""
        name, before = self.name(), list(self.outputs)
        self.steps.append(flow({"identity": None, "name": f"{name}main"}))
        self.outputs = [*before, name, f"{name}main"]
        if self.attempt({"tap": {name: self.keeping(shape)}}):
            return True
        self.outputs = before
        self.steps.pop()
        return False

    def expression(self, shape: Shape) -> bool:
        """Values with names, arithmetic, an absent step."""
        value = self.rng.choice(["$prev.channels + 1", "2 * $prev.channels // 1", "$c", "make_divisible($c * 1.5)"])
        name = self.name()
        return self.attempt({"let": {name: f'"{value}"'}}, {"relu": None, "when": f"${name} > 3"},
                            {"linear": f"${name}", "axis": "last"})


def small(graph: Graph) -> bool:
    return all(prod(node.facts.shape) <= MOST_CELLS and node.facts.macs <= MOST_MACS for node in graph.nodes)


def seeds_for(kind: str, count: int) -> list[int]:
    """The first seeds that put a kind into the foreground."""
    return [FOCI.index(kind) + number * len(FOCI) for number in range(count)]


def random_spec(seed: int, steps: int = 8) -> str:
    """A valid spec. Seeds in a row put the kinds into the foreground, one after the other."""
    rng = Random(seed)
    writer = Writer(rng, FOCI[seed % len(FOCI)])
    axes = rng.choice([0, 1, 1, 2, 2, 2, 2, 3])
    sizes = [rng.randint(1, 6), *rng.sample(range(2, 10 if axes < 3 else 7), axes)]
    if axes and rng.random() < 0.2:
        writer.head = ["hyperparameters: {c: 4}", f"inputs: {{left: {sizes}, right: {sizes}}}"]
        writer.steps = [flow({rng.choice(["concat", *MERGES]): None, "from": ["left", "right"]})]
    else:
        writer.head = ["hyperparameters: {c: 4}", f"input: {sizes}"]
        writer.steps = [rng.choice(["relu", "identity", "scale"])]
    patterns = [writer.merge, writer.concat, writer.gate, writer.tuple, writer.repeated, writer.block, writer.skip,
                writer.shared, writer.unpooled, writer.like, writer.tap, writer.expression]
    wanted = rng.randint(2, steps)
    for _ in range(6 * wanted):
        shape = writer.shape()
        special = {"max_unpool": [writer.unpooled], "concat": [writer.concat], "crop": [writer.like],
                   "pixel_shuffle": [writer.pixels], "pixel_unshuffle": [writer.pixels], "squeeze": [writer.single],
                   **{kind: [writer.merge, writer.gate] for kind in MERGES}}.get(writer.focus)
        pattern = rng.choice(special if special and rng.random() < 0.3 else [writer.layer] * 10 + patterns)
        wanted -= pattern(shape)
        if not wanted:
            break
    if writer.outputs:
        writer.outputs.append("last")
        writer.steps.append(flow({"identity": None, "name": "last"}))
    return writer.text()
