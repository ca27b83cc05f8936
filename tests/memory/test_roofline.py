"""Bytes, bounds and devices by hand."""

import json

import pytest

from cnncalc import loads
from cnncalc.analysis import devices
from cnncalc.analysis.devices import Device
from cnncalc.analysis.roofline import bit_operations, bounds, fit, moved
from cnncalc.errors import Fault

NET = """input: [4, 10]
layers:
- {conv: 8, kernel: 1}
- relu
- {slice: [0, 5], axis: 2}
- flatten
- {linear: 2, bias: false}
"""

SLOW = Device("slow", {"float32": 1000, "int8": 4000}, 100, 1000, None, "made up")


def test_bytes_moved() -> None:
    # conv: 40 in, 80 out, 32 + 8 weights; relu 80 and 80; slice reads what it keeps, 40 and 40; flatten nothing;
    # linear 40 in, 2 out, 80 weights.
    numbers = [160, 160, 80, 0, 122]
    graph = loads(NET)
    assert moved(graph, 1, "float32", "float32") == [4 * each for each in numbers]
    # The batch multiplies activations only; weights have their own format.
    assert moved(graph, 3, "float16", "int8")[0] == 3 * 2 * 120 + 40


def test_shared_weights_are_read_at_every_use_and_a_tensor_once() -> None:
    graph = loads("input: [2, 3]\nlayers:\n- {conv: 2, kernel: 1, bias: false, name: one}\n"
                  "- {conv: 2, kernel: 1, bias: false, share: one}\n- {add, from: [prev, prev]}\n")
    assert moved(graph, 1, "int8", "int8") == [6 + 6 + 4, 6 + 6 + 4, 6 + 6]


def test_bounds() -> None:
    found = bounds(loads(NET), SLOW, 1, "float32", "float32")
    # conv: 320 products are 640 operations, 0.64 s; 640 bytes, 6.4 s.
    assert [bound.by for bound in found] == ["memory", "memory", "memory", "free", "memory"]
    assert found[0].seconds == 6.4
    # A hundred thousand times the bandwidth: arithmetic binds where there is any.
    fast = SLOW._replace(bandwidth=10_000_000)
    found = bounds(loads(NET), fast, 1, "float32", "float32")
    assert [bound.by for bound in found] == ["compute", "memory", "memory", "free", "compute"]
    assert found[0].seconds == 0.64


def test_fit() -> None:
    graph = loads(NET)
    # 120 weights, 480 bytes; relu's two tensors of 80, 640 bytes.
    assert fit(graph, SLOW, 1, "float32", "float32") == (480, 640, False)
    assert fit(graph, SLOW._replace(memory=1120), 1, "float32", "float32").fits
    assert fit(graph, SLOW, 1, "float32", "float32", in_place=True) == (480, 480, True)
    # With storage for weights the memory is for activations alone.
    assert fit(graph, SLOW._replace(memory=640, storage=480), 1, "float32", "float32").fits
    assert not fit(graph, SLOW._replace(memory=640, storage=479), 1, "float32", "float32").fits


def test_bit_operations() -> None:
    assert bit_operations(10, "int8", "int4") == 320
    assert bit_operations(10, "float32", "float32") == 10_240


@pytest.mark.parametrize("name", devices.names())
def test_every_device_can_be_read_and_says_where_it_is_from(name: str) -> None:
    found = devices.device(name)
    assert found.source
    assert found.peak
    # More bits never make more operations.
    for wide, narrow in (("float64", "float32"), ("float32", "float16"), ("float16", "int8"), ("int8", "int4")):
        if wide in found.peak and narrow in found.peak:
            assert found.peak[wide] <= found.peak[narrow]


def test_published_ridges() -> None:
    # NVIDIA's "GPU Performance Background" guide: V100 does 125 T operations and 900 GB a second in float16, a ratio
    # of 138.9.
    v100 = devices.device("v100")
    assert round(v100.rate("float16") / v100.bandwidth, 1) == 138.9


GOOD = {"name": "x", "peak": {"int8": 5}, "bandwidth": 1, "memory": 2, "source": "me"}


@pytest.mark.parametrize(("change", "words"), [
    ({"peak": {}}, "`peak` of `d.json` is not a rate per number format"),
    ({"peak": {"int9": 3}}, "`peak` of `d.json` is not a rate per number format"),
    ({"bandwidth": 0}, "`bandwidth` of `d.json` is not a whole number above 0"),
    ({"memory": "4 MiB"}, "`memory` of `d.json` is not a whole number above 0"),
    ({"memory": 1e30}, "`memory` of `d.json` is not a whole number above 0"),
    ({"speed": 3}, "`d.json` is no device: `speed` is unknown"),
])
def test_devices_that_are_refused(change: dict[str, object], words: str) -> None:
    assert devices.read(json.dumps(GOOD), "d.json").storage is None
    with pytest.raises(Fault) as refused:
        devices.read(json.dumps({**GOOD, **change}), "d.json")
    assert refused.value.message == words


@pytest.mark.parametrize("text", ["", "[1]", "{", "[" * 100_000, '{"memory": NaN}'])
def test_texts_that_are_no_device(text: str) -> None:
    with pytest.raises(Fault):
        devices.read(text, "d.json")


def test_a_format_that_the_device_lacks() -> None:
    with pytest.raises(Fault) as refused:
        bounds(loads(NET), SLOW, 1, "float16", "float16")
    assert (refused.value.message, refused.value.help) == ("there is no peak rate of slow for `float16`",
                                                           "it has float32, int8")
