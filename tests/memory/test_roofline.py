"""Bytes, bounds and devices by hand."""

import pytest

from cnncalc import loads
from cnncalc.analysis import devices
from cnncalc.analysis.devices import Device
from cnncalc.analysis.roofline import bit_operations, bounds, fit, moved
from cnncalc.cli import run
from cnncalc.cli.exits import guarded
from cnncalc.errors import Fault, Source, SpecError

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
    found = devices.device_of(name)
    assert found.source
    assert found.peak
    # More bits never make more operations.
    for wide, narrow in (("float64", "float32"), ("float32", "float16"), ("float16", "int8"), ("int8", "int4")):
        if wide in found.peak and narrow in found.peak:
            assert found.peak[wide] <= found.peak[narrow]


def test_published_ridges() -> None:
    # NVIDIA's "GPU Performance Background" guide: V100 does 125 T operations and 900 GB a second in float16, a ratio
    # of 138.9.
    v100 = devices.device_of("v100")
    assert round(v100.rate("float16") / v100.bandwidth, 1) == 138.9


@pytest.mark.parametrize(("name", "dtype", "cores", "operations", "clock"), [
    # Makers' own arithmetic: multiply-add units, two operations each, at the boost clock.
    ("v100", "float32", 5120, 2, 1530 * 10**6), ("v100", "float64", 2560, 2, 1530 * 10**6),
    ("v100", "float16", 640, 2 * 64, 1530 * 10**6), ("t4", "float32", 2560, 2, 1590 * 10**6),
    ("t4", "float16", 320, 2 * 64, 1590 * 10**6), ("t4", "int8", 320, 2 * 128, 1590 * 10**6),
    ("t4", "int4", 320, 2 * 256, 1590 * 10**6), ("a100", "float32", 6912, 2, 1410 * 10**6),
    ("a100", "float16", 432, 2 * 256, 1410 * 10**6), ("a100", "int8", 432, 2 * 512, 1410 * 10**6),
    ("a100", "int4", 432, 2 * 1024, 1410 * 10**6), ("a100", "float64", 432, 2 * 16, 1410 * 10**6),
    ("h100", "float32", 16896, 2, 1980 * 10**6), ("h100", "float16", 528, 2 * 512, 1830 * 10**6),
    ("h100", "int8", 528, 2 * 1024, 1830 * 10**6), ("jetson_orin_nano", "float32", 1024, 2, 625 * 10**6),
    ("jetson_orin_nano", "int8", 32, 2 * 512, 625 * 10**6), ("jetson_orin_nano", "float16", 32, 2 * 256, 625 * 10**6),
    ("raspberry_pi_4", "float32", 4, 8, 1500 * 10**6), ("stm32h743", "float32", 1, 2, 480 * 10**6),
    ("stm32h743", "int8", 1, 4, 480 * 10**6),
])
def test_peaks_are_units_times_clock(name: str, dtype: str, cores: int, operations: int, clock: int) -> None:
    assert devices.device_of(name).rate(dtype) == pytest.approx(cores * operations * clock, rel=0.025)


@pytest.mark.parametrize(("name", "bits", "rate"), [
    ("v100", 4096, 1.754e9), ("t4", 256, 10e9), ("a100", 5120, 3.186e9), ("jetson_orin_nano", 128, 4.266e9),
    ("raspberry_pi_4", 32, 3.2e9), ("stm32h743", 64, 480e6),
])
def test_bandwidths_are_width_times_rate(name: str, bits: int, rate: float) -> None:
    assert devices.device_of(name).bandwidth == pytest.approx(bits / 8 * rate, rel=0.01)


GOOD = """name: My board
peak: {float32: 48G, int8: 96G}
bandwidth: 12.8 GB/s
memory: 4 GiB
source: data sheet, revision 3
x-bought: 2024
"""


def test_a_device_of_ones_own() -> None:
    found = devices.device_of(Source("d.yaml", GOOD))
    assert found == Device("My board", {"float32": 48 * 10**9, "int8": 96 * 10**9}, 12_800_000_000, 4 * 2**30, None,
                           "data sheet, revision 3")
    # JSON is YAML, too.
    told = '{"name": "j", "peak": {"int8": 5}, "bandwidth": "1 B/s", "memory": "2 B", "storage": "3 kB", "source": "m"}'
    assert devices.device_of(Source("d.json", told)) == ("j", {"int8": 5}, 1, 2, 3000, "m")


@pytest.mark.parametrize(("line", "instead", "place", "message", "help"), [
    ("bandwidth: 12.8 GB/s", "", "1:1", "the device has no `bandwidth`", "write `bandwidth: 12.8 GB/s`"),
    ("bandwidth: 12.8 GB/s", "bandwith: 12.8 GB/s", "3:1", "a device has no key `bandwith`", "mean `bandwidth`?"),
    ("bandwidth: 12.8 GB/s", "bandwidth: 12.8 GB", "3:12", "`bandwidth` is bytes a second", "write `12.8 GB/s`"),
    ("bandwidth: 12.8 GB/s", "bandwidth: 12.8 Gb/s", "3:12", "there is no unit `Gb` of bytes", "write `12.8 GB`"),
    ("bandwidth: 12.8 GB/s", "bandwidth: 0 B/s", "3:12", "`bandwidth` is a whole number above 0", ""),
    ("memory: 4 GiB", "memory: 4", "4:9", "an amount of bytes needs a unit", "write `4 B`"),
    ("memory: 4 GiB", "memory: 4 GB/s", "4:9", "`4 GB/s` is not an amount", "write `4 MiB`"),
    ("memory: 4 GiB", "memory: 9999999 TiB", "4:9", "`9999999 TiB` is too large: numbers are below 2^63", ""),
    ("memory: 4 GiB", "memory: [4]", "4:9", "`memory` is an amount", ""),
    ("memory: 4 GiB", "memory: 4 GiB\nstorage: much", "5:10", "`much` is not an amount", "write `4 MiB`"),
    ("float32: 48G", "float32: 48 GFLOPS", "2:17", "there is no unit `GFLOPS` of counts", "write `19.5T`"),
    ("float32: 48G", "float32: 0.5", "2:17", "`float32` is a whole number above 0", "write `19.5T`"),
    ("int8: 96G", "int9: 96G", "2:22", "there is no number format `int9`", "did you mean `int8`?"),
    ("{float32: 48G, int8: 96G}", "48G", "2:7", "`peak` is a mapping from number formats to operations a second",
     "write `peak: {float32: 48G"),
    ("{float32: 48G, int8: 96G}", "{}", "2:7", "`peak` is a mapping from number formats to operations a second", ""),
    ("name: My board", "name: {a: b}", "1:7", "`name` is a text", "write `name: My board`"),
    ("name: My board", "name:", "1:6", "`name` is a text", ""),
    ("x-bought: 2024", "name: again", "6:1", "`name` stands twice in one mapping", ""),
    (GOOD, "- 1", "1:1", "a device is a mapping at its top", ""),
    (GOOD, "name: [", "2:1", "not YAML: did not find expected node content", ""),
    (GOOD, "", "1:1", "the text is empty", ""),
    (GOOD, "[" * 10_000, "1:65", "lists and mappings are nested more than 64 deep", ""),
])
def test_devices_that_are_refused(line: str, instead: str, place: str, message: str, help: str) -> None:
    with pytest.raises(SpecError) as refused:
        devices.device_of(Source("d.yaml", GOOD.replace(line, instead)))
    (told,) = refused.value.diagnostics
    assert told.message == message
    assert told.span is not None
    assert f"{told.span.line}:{told.span.column}" == place
    assert help in told.help


def test_all_problems_of_a_device_are_shown_at_once_in_order() -> None:
    text = GOOD.replace("48G", "48X").replace("4 GiB", "4").replace("source", "sauce")
    with pytest.raises(SpecError) as refused:
        devices.device_of(Source("d.yaml", text))
    assert [each.span and each.span.line for each in refused.value.diagnostics] == [2, 4, 5]


def told(capsys, *arguments: str) -> tuple[int, str, str]:
    code = guarded(lambda: run(["summarize", "lenet5", *arguments]))
    return code, *capsys.readouterr()


def test_a_device_file_on_the_command_line(capsys, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "board.yaml"
    path.write_text("\ufeff" + GOOD, encoding="utf-8")
    code, out, err = told(capsys, "--device", "board.yaml", "--dtype", "int8")
    assert (code, err) == (0, "")
    assert "at least, on My board in int8" in out
    assert "a bound, not a forecast" in out
    # A file that is called like a device wins.
    (tmp_path / "t4").write_text(GOOD.replace("My board", "Mine"), encoding="utf-8")
    assert "on Mine in" in told(capsys, "--device", "t4")[1]
    code, out, err = told(capsys, "--device", "board.yaml", "--dtype", "float16")
    assert (code, out) == (2, "")
    assert "there is no peak rate of My board for `float16`" in err


def test_wrong_and_hostile_device_files_on_the_command_line(capsys, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = told(capsys, "--device", "none.yaml")
    assert (code, out) == (2, "")
    assert "there is no device `none.yaml`, and no file of that name" in err
    path = tmp_path / "d.yaml"
    path.write_text(GOOD.replace("12.8 GB/s", "12.8 GB"), encoding="utf-8")
    code, out, err = told(capsys, "--device", "d.yaml")
    assert (code, out) == (2, "")
    assert "d.yaml:3:12" in err
    path.write_bytes(b"name: \xff")
    assert "d.yaml:1:7" in told(capsys, "--device", "d.yaml")[2]
    path.write_text(GOOD.replace("My board", '"\\e[31m\\u202e[bold]"'), encoding="utf-8")
    for format in ("plain", "markdown", "json", "csv"):
        code, out, err = told(capsys, "--device", "d.yaml", "--format", format)
        assert code == 0
        assert "\x1b" not in out
        assert format == "json" or "\u202e" not in out  # data is as it is
    assert "\x1b" not in told(capsys, "--device", "d.yaml", "--dtype", "float16")[2]


def test_a_format_that_the_device_lacks() -> None:
    with pytest.raises(Fault) as refused:
        bounds(loads(NET), SLOW, 1, "float16", "float16")
    assert (refused.value.message, refused.value.help) == ("there is no peak rate of slow for `float16`",
                                                           "it has float32, int8")
