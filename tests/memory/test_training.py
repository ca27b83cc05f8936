"""Backward work and kept tensors against PyTorch 2.13's own counts, and by hand.

How PyTorch's numbers were got: the two modules as torchvision has them (AlexNet: five convolutions, dropout, three
linear layers; ResNet-50: the stride on the 3×3), written with torch.nn on the meta device in training mode, one input
of 3×224×224. `torch.utils.flop_counter.FlopCounterMode` around `y.sum().backward()` gives FLOPs, two per multiply-add.
`torch.autograd.graph.saved_tensors_hooks` around the forward pass gives the kept tensors: bytes of distinct storages
that are no parameters.
"""

import pytest

from cnncalc import load, loads
from cnncalc.analysis.training import OPTIMIZERS, SAVED, training
from cnncalc.errors import Fault
from cnncalc.layers import BY_NAME


def test_alexnet_backward_as_torch_counts_it() -> None:
    found = training(load("alexnet_torchvision"))
    assert sum(found.backward) == 1_358_100_160  # FlopCounterMode: 2,716,200,320; forward 714,188,480
    # Twice the forward work, without the first layer's input gradient: 64·55·55 outputs of 3·11·11.
    assert 2 * 714_188_480 - 64 * 55 * 55 * 3 * 11 * 11 == 1_358_100_160


def test_resnet50_backward_as_torch_counts_it() -> None:
    assert sum(training(load("resnet50")).backward) == 8_060_354_560  # FlopCounterMode: 16,120,709,120
    assert 2 * 4_089_184_256 - 64 * 112 * 112 * 3 * 7 * 7 == 8_060_354_560


def test_frozen_scopes_as_torch_counts_them() -> None:
    # requires_grad off in stem to layer3: FlopCounterMode gives 2,834,104,320.
    found = training(load("resnet50"), freeze=["stem", "layer1", "layer2", "layer3"])
    assert sum(found.backward) == 1_417_052_160
    # Kept: 5,607,424 bytes, of which 90,112 are running statistics (two of four bytes per channel, 11,264 channels).
    assert sum(found.saved) == 5_607_424 - 90_112
    # AlexNet with frozen convolutions: 158,990,336 FLOPs.
    assert sum(training(load("alexnet_torchvision"), freeze=["conv*"]).backward) == 79_495_168


def test_kept_tensors_as_torch_keeps_them() -> None:
    # 86,334,464 bytes of distinct storages, of which 212,480 are running statistics (26,560 channels).
    assert sum(training(load("resnet50")).saved) == 86_334_464 - 212_480
    # 3,741,184 bytes; on the CPU the masks of the two dropouts (9216 and 4096 cells) are float32, here a byte a cell.
    assert sum(training(load("alexnet_torchvision")).saved) == 3_741_184 - 3 * (9216 + 4096)


TWO = "input: [3, 8, 8]\nlayers:\n- {conv: 4, kernel: 1, bias: false}\n- relu\n- {conv: 2, kernel: 1, bias: false}\n"


def test_two_layers_by_hand() -> None:
    found = training(loads(TWO), batch=2, optimizer="momentum")
    # 64 places: 3·4 and 4·2 products; the second layer has both gradients; batch 2.
    assert found.backward == (64 * 12 * 2, 0, 64 * 8 * 2 * 2)
    assert found.weights == (48, 0, 32)
    assert found.gradients == (48, 0, 32)
    assert found.state == (48, 0, 32)
    # The first convolution keeps the image, relu its output; the second convolution needs that one, kept already.
    assert found.saved == (2 * 3 * 64 * 4, 2 * 4 * 64 * 4, 0)
    assert found.memory == (144 + 1536, 2048, 96)
    assert [sum(training(loads(TWO), optimizer=name).state) for name in OPTIMIZERS] == [0, 80, 160]


def test_no_gradient_no_work() -> None:
    frozen_tail = training(loads(TWO), freeze=["conv2"])
    assert frozen_tail.backward == (64 * 12, 0, 64 * 8)  # the gradient passes through it to the first
    assert frozen_tail.gradients == (48, 0, 0)
    frozen_head = training(loads(TWO), freeze=["conv1"])
    assert frozen_head.backward == (0, 0, 64 * 8)
    assert frozen_head.saved == (0, 0, 4 * 64 * 4)  # relu keeps nothing: no gradient goes through it
    everything = training(loads(TWO), freeze=["**"])
    assert (sum(everything.backward), sum(everything.saved), sum(everything.gradients)) == (0, 0, 0)
    assert sum(everything.weights) == 80


def test_a_branch_that_reaches_no_result_has_no_gradient() -> None:
    graph = loads("input: [3, 8]\nlayers:\n- {conv: 4, kernel: 1}\n- tap: {side: [{conv: 9, kernel: 1}]}\n"
                  "- {conv: 2, kernel: 1}\n")
    assert training(graph).backward == (8 * 12, 0, 2 * 8 * 8)


def test_products_of_activations() -> None:
    # 4 tokens of 6: the scores and their sum are 2·16·6 products, with two gradients each; the three projections of
    # the input have no input gradient in a first layer, the projection of the result has: 3·144 + 2·144.
    graph = loads("input: [4, 6]\nlayers: [{attention: 2}]\n")
    assert training(graph).backward == (2 * 2 * 16 * 6 + 3 * 4 * 36 + 2 * 4 * 36,)
    # Both operands of a matmul are learned before it: one product each.
    graph = loads("input: [4, 6]\nlayers:\n- {linear: 6, name: q}\n- {linear: 6, from: input, name: k}\n"
                  "- {matmul, from: [q, k], transpose: true}\n")
    assert training(graph).backward == (144, 144, 2 * 4 * 4 * 6)


def test_shared_weights_count_and_freeze_with_their_owner() -> None:
    graph = loads("input: [4, 8]\nlayers:\n- {conv: 4, kernel: 1, bias: false, name: one}\n"
                  "- {conv: 4, kernel: 1, bias: false, share: one}\n")
    found = training(graph)
    assert (found.weights, found.gradients, found.backward) == ((64, 0), (64, 0), (128, 256))
    assert training(graph, freeze=["one"]).backward == (0, 0)


def test_every_kind_says_what_it_keeps() -> None:
    assert set(SAVED) == set(BY_NAME)


@pytest.mark.parametrize(("options", "message"), [
    ({"optimizer": "adamm"}, "there is no optimizer `adamm`"),
    ({"weight_dtype": "int8"}, "`int8` weights cannot be trained"),
    ({"freeze": ["nothing.*"]}, "`nothing.*` matches no layer and no scope"),
])
def test_refusals(options: dict[str, object], message: str) -> None:
    with pytest.raises(Fault) as refused:
        training(loads(TWO), **options)  # type: ignore[arg-type]
    assert refused.value.message == message
