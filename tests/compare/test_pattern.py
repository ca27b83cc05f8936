"""One path for many, worked out by hand."""

from __future__ import annotations

import pytest

from cnncalc.compare.pattern import pattern


@pytest.mark.parametrize(("paths", "expected"), [
    (["a.b"], "a.b"),
    (["layer3.6", "layer3.7", "layer3.8"], "layer3.{6..8}"),
    (["layer3.6", "layer3.7"], "layer3.{6,7}"),
    (["layer2.0.conv", "layer3.0.conv", "layer4.0.conv"], "layer{2..4}.0.conv"),
    (["layer1.conv", "layer10.conv", "layer12.conv"], "layer{1,10,12}.conv"),
    (["a1", "a3", "a5", "a7", "a9"], "a*"),
    (["x.main.conv1", "x.skip.conv1"], "x.{main,skip}.conv1"),
    (["l1.0.se", "l1.1.se", "l2.0.se"], "l{1.0,1.1,2.0}.se"),
    (["l1.0.se", "l1.1.se", "l2.0.se", "l2.1.se", "l3.0.se"], "l*.*.se"),
    (["stem.conv1", "layer1.0.main.conv1"], "{stem,layer1.0.main}.conv1"),
    (["s.bn", "s.a.bn"], "s.**.bn"),
    ([f"{'x' * 9}{n}.{'y' * n}.bn" for n in range(1, 5)], "x" * 9 + "*.*.bn"),
    (["a.b.c.bn", "d.bn", "e.bn", "f.bn", "g.bn"], "**.bn"),
    (["layer9.a", "layer10.a", "layer11.a"], "layer{9..11}.a"),
    (["enc1", "dec1"], "{enc1,dec1}"),
])
def test_pattern(paths: list[str], expected: str) -> None:
    assert pattern(paths) == expected
