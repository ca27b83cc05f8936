"""Devices as data, one YAML file each: what they can compute and move at most, and what they can hold."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from cnncalc.errors import Fault, Source, did_you_mean

_HERE = Path(__file__).parent


class Device(NamedTuple):
    """A device's limits. `peak` is operations a second by number format (one multiply-add is two operations, as makers
    count), `bandwidth` bytes a second, `memory` bytes. Weights live in `storage` (bytes) where it has one, else in the
    memory. `source` says where the numbers are from.
    """

    name: str
    peak: Mapping[str, int]
    bandwidth: int
    memory: int
    storage: int | None
    source: str

    def rate(self, dtype: str) -> int:
        """Operations a second in a number format. Raises `Fault`."""
        if dtype not in self.peak:
            raise Fault(f"there is no peak rate of {self.name} for `{dtype}`",
                        help="it has " + ", ".join(self.peak))
        return self.peak[dtype]


def names() -> list[str]:
    """The devices that come with the tool."""
    return sorted(path.stem for path in _HERE.glob("*.yaml"))


def device_of(choice: str | Source) -> Device:
    """A device that comes with the tool, by name, or one that is read from a text of the user's.

    Raises:
        Fault: there is no such name.
        SpecError: the text is not a device.
    """
    from cnncalc.analysis.devices.reading import read_device

    if isinstance(choice, Source):
        return read_device(choice)
    if choice not in names():
        raise Fault(f"there is no device `{choice[:60]}`", code="unknown-device",
                    help=did_you_mean(choice, names(), "the devices are " + ", ".join(names())))
    return read_device(Source(f"{choice}.yaml", (_HERE / f"{choice}.yaml").read_text(encoding="utf-8")))
