"""Number formats and the bytes they take."""

from __future__ import annotations

BITS = {"float64": 64, "float32": 32, "float16": 16, "bfloat16": 16, "int8": 8, "int4": 4}
"""Bits of one number in a format."""


def tensor_bytes(elements: int, dtype: str) -> int:
    """Bytes of one tensor; a tensor starts at a byte, so four-bit numbers round up to whole bytes per tensor."""
    return (elements * BITS[dtype] + 7) // 8
