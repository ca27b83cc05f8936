"""A device's text to a record: every key and amount is checked, and all problems are shown at once."""

from __future__ import annotations

from cnncalc.analysis.devices import Device
from cnncalc.analysis.dtypes import BITS
from cnncalc.errors import Diagnostic, Fault, Source, Span, SpecError, closest, did_you_mean
from cnncalc.layers.forms import show
from cnncalc.spec.source import Scalar, Table, Tree, read
from cnncalc.units import amount

EXAMPLES = {"name": "My board", "peak": "{float32: 48G, int8: 96G}", "bandwidth": "12.8 GB/s", "memory": "4 GiB",
            "source": "data sheet, revision 3", "storage": "2 MiB"}
"""The keys with a value of each; only `storage` may be left out."""


def read_device(source: Source) -> Device:
    """A device from its text. Raises `SpecError`."""
    tree = read(source)
    if not isinstance(tree, Table):
        raise SpecError((Diagnostic("bad-device", "a device is a mapping at its top", source, tree.span,
                                    help=f"write `bandwidth: {EXAMPLES['bandwidth']}` and the like"),))
    reader = _Reader(source, tree)
    device = Device(reader.words("name"), reader.peak(), reader.amount("bandwidth"), reader.amount("memory"),
                    None if tree.get("storage") is None else reader.amount("storage"), reader.words("source"))
    reader.unknown()
    if reader.problems:
        raise SpecError(tuple(sorted(reader.problems, key=lambda each: each.span or Span(1, 1))))
    return device


class _Reader:
    def __init__(self, source: Source, tree: Table) -> None:
        self.source = source
        self.tree = tree
        self.problems: list[Diagnostic] = []

    def complain(self, message: str, span: Span, help: str = "", code: str = "bad-device") -> None:
        self.problems.append(Diagnostic(code, message, self.source, span, help=help))

    def unknown(self) -> None:
        for key, _ in self.tree.entries:
            if key.text not in EXAMPLES and not key.text.startswith("x-"):
                self.complain(f"a device has no key `{show(key.text)}`", key.span, did_you_mean(
                    key.text, EXAMPLES, "the keys are " + ", ".join(EXAMPLES)), "unknown-key")

    def value(self, key: str) -> Tree | None:
        """What stands at a key; a complaint where there is none, and no misspelt one either."""
        tree = self.tree.get(key)
        if tree is None and key not in {closest(name.text, EXAMPLES) for name, _ in self.tree.entries}:
            self.complain(f"the device has no `{key}`", self.tree.span, f"write `{key}: {EXAMPLES[key]}`",
                          "missing-key")
        return tree

    def words(self, key: str) -> str:
        tree = self.value(key)
        if isinstance(tree, Scalar) and tree.text:
            return tree.text
        if tree is not None:
            self.complain(f"`{key}` is a text", tree.span, f"write `{key}: {EXAMPLES[key]}`")
        return ""

    def peak(self) -> dict[str, int]:
        """Operations a second by number format."""
        tree = self.value("peak")
        if tree is None:
            return {}
        if not isinstance(tree, Table) or not tree.entries:
            self.complain("`peak` is a mapping from number formats to operations a second", tree.span,
                          f"write `peak: {EXAMPLES['peak']}`")
            return {}
        found = {}
        for key, value in tree.entries:
            if key.text in BITS:
                found[key.text] = self.number(key.text, value, "count", "write `19.5T` for 19.5 TFLOPS or TOPS: "
                                              "operations a second, two for a multiply-add")
            else:
                self.complain(f"there is no number format `{show(key.text)}`", key.span,
                              did_you_mean(key.text, BITS, "the formats are " + ", ".join(BITS)))
        return found

    def amount(self, key: str) -> int:
        """Bytes; of the bandwidth, in a second."""
        tree = self.value(key)
        if tree is None:
            return 0
        if key != "bandwidth":
            return self.number(key, tree, "bytes")
        if isinstance(tree, Scalar) and not tree.text.endswith("/s"):
            self.complain("`bandwidth` is bytes a second", tree.span, f"write `{EXAMPLES[key]}`")
            return 0
        return self.number(key, tree._replace(text=tree.text[:-2]) if isinstance(tree, Scalar) else tree, "bytes")

    def number(self, what: str, tree: Tree, unit: str, help: str = "") -> int:
        if not isinstance(tree, Scalar):
            self.complain(f"`{what}` is an amount", tree.span, help)
            return 0
        try:
            value = amount(tree.text, unit)
        except Fault as fault:
            self.complain(fault.message, tree.span, help or fault.help, fault.code)
            return 0
        if value <= 0 or value.denominator != 1:
            self.complain(f"`{what}` is a whole number above 0", tree.span, help)
        return int(value)
