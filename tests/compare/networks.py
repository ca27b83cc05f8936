"""Networks for the tests of the diff, by name of a file beside this one or from lines."""

from __future__ import annotations

from pathlib import Path

from cnncalc import Diff, Graph, diff, loads

SPECS = Path(__file__).parent / "specs"


def spec(name: str) -> Graph:
    """`resnet`, or `resnet@resnet101`; the label is the file's name alone."""
    stem, _, variant = name.partition("@")
    return loads((SPECS / f"{stem}.yaml").read_text(), label=f"{stem}.yaml", variant=variant or None)


def flat(*steps: str, blocks: str = "", input: str = "[8, 16, 16]", more: str = "") -> Graph:
    """A network of steps, as lines of YAML; `blocks` are definitions."""
    text = f"input: {input}\n" if not input.startswith("{") else f"inputs: {input}\n"
    if blocks:
        text += "blocks:\n" + "".join(f"  {line}\n" for line in blocks.strip().splitlines())
    return loads(text + "layers:\n" + "".join(f"- {step}\n" for step in steps) + more)


def changes(a: Graph, b: Graph) -> list[tuple[str, str, dict[str, tuple[object, object]]]]:
    """The changes of a diff: action, path, and arguments before and after. The diff the other way must mirror it."""
    found = checked(a, b)
    return [(change.action, change.place.path, {each.name: (each.old, each.new) for each in change.arguments})
            for change in found.changes]


def checked(a: Graph, b: Graph) -> Diff:
    """The diff, after holding it against what is true of every diff."""
    found, back = diff(a, b), diff(b, a)
    assert back == found.mirrored()
    assert found == back.mirrored()
    assert len({i for i, _ in found.pairs}) == len({j for _, j in found.pairs}) == len(found.pairs)
    shown = {index for change in found.changes if change.new is not None for index in change.new.own}
    for name in ("params", "buffers", "macs", "flops"):
        # Causes and effects together are the whole difference: nothing is lost between them, nothing told twice.
        costs = [(change.action == "moved", (getattr(change.new.cost, name) if change.new else 0)
                  - (getattr(change.old.cost, name) if change.old else 0)) for change in found.changes]
        effects = [(j in shown, getattr(found.b.layers[j], name) - getattr(found.a.layers[i], name))
                   for i, j in found.affected]
        whole = getattr(found.b.totals, name) - getattr(found.a.totals, name)
        assert sum(cost for moved, cost in costs if not moved) + sum(cost for _, cost in effects) == whole
        assert sum(cost for _, cost in costs) + sum(cost for told, cost in effects if not told) == whole
    return found


