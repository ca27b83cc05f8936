"""Devices as data, one JSON file each: what they can compute and move at most, and what they can hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cnncalc.analysis.dtypes import BITS
from cnncalc.errors import Fault, did_you_mean

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
    return sorted(path.stem for path in _HERE.glob("*.json"))


def device(name: str) -> Device:
    """A device that comes with the tool, by name. Raises `Fault`."""
    if name not in names():
        raise Fault(f"there is no device `{name[:60]}`", code="unknown-device",
                    help=did_you_mean(name, names(), "the devices are " + ", ".join(names())))
    return read((_HERE / f"{name}.json").read_text(encoding="utf-8"), name)


def read(text: str, label: str) -> Device:
    """A device from JSON text: an object with the fields of `Device`; `storage` may be left out. Raises `Fault`."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise Fault(f"`{label}` is no JSON", code="bad-device") from None
    if not isinstance(data, dict):
        raise Fault(f"`{label}` is no JSON object", code="bad-device")
    unknown = sorted(set(data) - set(Device._fields))
    missing = sorted(set(Device._fields) - set(data) - {"storage"})
    if unknown or missing:
        raise Fault(f"`{label}` is no device: " + (f"`{unknown[0][:60]}` is unknown" if unknown else
                                                    f"`{missing[0]}` is missing"), code="bad-device",
                    help="a device has " + ", ".join(Device._fields))
    peak = data["peak"]
    if not isinstance(peak, dict) or not peak or any(dtype not in BITS for dtype in peak):
        raise Fault(f"`peak` of `{label}` is not a rate per number format", code="bad-device",
                    help="the formats are " + ", ".join(BITS))
    storage = data.get("storage")
    return Device(str(data["name"]), {dtype: _positive(rate, "peak", label) for dtype, rate in peak.items()},
                  _positive(data["bandwidth"], "bandwidth", label), _positive(data["memory"], "memory", label),
                  None if storage is None else _positive(storage, "storage", label), str(data["source"]))


def _positive(value: Any, what: str, label: str) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 2**63 or value != int(value):
        raise Fault(f"`{what}` of `{label}` is not a whole number above 0", code="bad-device")
    return int(value)
