"""The reference executor: does the work of a network and counts it, knowing nothing of the analyzer's formulas."""

from cnncalc.reference.arithmetic import Arithmetic, Numbers, PositionSets, SmallNumbers
from cnncalc.reference.footprints import Interval, Reach, footprints
from cnncalc.reference.kernels import KERNELS, Kernel
from cnncalc.reference.run import Measured, Progress, Record, Step, Stopped, execute
from cnncalc.reference.tensor import Nested, Shape, Tensor, Value, from_nested, to_nested
from cnncalc.reference.weights import GivenWeights, sample

__all__ = [
    "KERNELS",
    "Arithmetic",
    "GivenWeights",
    "Interval",
    "Kernel",
    "Measured",
    "Nested",
    "Numbers",
    "PositionSets",
    "Progress",
    "Reach",
    "Record",
    "Shape",
    "SmallNumbers",
    "Step",
    "Stopped",
    "Tensor",
    "Value",
    "execute",
    "footprints",
    "from_nested",
    "sample",
    "to_nested",
]
