"""When shapes do not fit: the nearest input sizes that would."""

from __future__ import annotations

from collections.abc import Callable

from cnncalc.errors import Diagnostic
from cnncalc.spec.document import Document

MAX_STEPS = 30_000
"""How much may be expanded in search of a size: a fraction of a second."""

CODES = ("shape-mismatch", "empty-output", "bad-value")


def with_fitting_sizes(found: tuple[Diagnostic, ...], doc: Document,
                       fits: Callable[[Document, int], tuple[bool, int]]) -> tuple[Diagnostic, ...]:
    """The diagnostics, the first shape problem with the nearest input sizes below and above at which there is none.

    Only for a network with one input whose spatial axes have one size, when nothing but its shapes is wrong.
    """
    if len(doc.inputs) != 1 or any(each.code not in CODES for each in found if each.severity == "error"):
        return found
    shape = doc.inputs[0].shape
    first = next((index for index, each in enumerate(found) if each.code in CODES[:2]), None)
    if first is None or len(shape) < 2 or len(set(shape[1:])) > 1:
        return found
    sizes = _nearest(doc, fits)
    if not sizes:
        return found
    words = f"the nearest input size{'s' * (len(sizes) > 1)} that fit{'s' * (len(sizes) == 1)}: " + " and ".join(
        map(str, sizes))
    help = f"{found[first].help}; {words}" if found[first].help else words
    return (*found[:first], found[first]._replace(help=help), *found[first + 1:])


def _nearest(doc: Document, fits: Callable[[Document, int], tuple[bool, int]]) -> list[int]:
    """The largest size below and the smallest above, between half and twice the size, as far as the search may go."""
    only = doc.inputs[0]
    size = only.shape[1]
    left, below, above = MAX_STEPS, 0, 0
    for distance in range(1, size + 1):
        for trial in (size - distance, size + distance):
            if 2 * trial < size or (below if trial < size else above):
                continue
            shape = (only.shape[0], *(trial,) * (len(only.shape) - 1))
            good, steps = fits(doc._replace(inputs=(only._replace(shape=shape),)), left)
            left -= steps
            if good and trial < size:
                below = trial
            elif good:
                above = trial
        if left < 1 or (above and (below or 2 * distance > size)):
            break
    return [each for each in (below, above) if each]
