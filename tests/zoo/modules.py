"""Classifiers that no installable framework has, as plain PyTorch modules: a second reading of their papers."""

from __future__ import annotations

from torch import Tensor
from torch.nn import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm1d,
    BatchNorm2d,
    Conv1d,
    Conv2d,
    Flatten,
    Identity,
    LeakyReLU,
    Linear,
    MaxPool1d,
    MaxPool2d,
    Module,
    ReLU,
    Sequential,
)
from torch.nn.functional import pad, relu


def ceil_pool() -> Module:
    return MaxPool2d(3, 2, ceil_mode=True)


class Waveform(Module):
    """M3 to M18, from table 1 of their paper."""

    def __init__(self, stem: int, stages: list[tuple[int, int]], last_pool: bool) -> None:
        super().__init__()
        layers: list[Module] = [Conv1d(1, stem, 80, 4, padding=38), BatchNorm1d(stem), ReLU(), MaxPool1d(4)]
        channels = stem
        for number, (out, depth) in enumerate(stages, 1):
            for _ in range(depth):
                layers += [Conv1d(channels, out, 3, padding=1), BatchNorm1d(out), ReLU()]
                channels = out
            if last_pool or number < len(stages):
                layers.append(MaxPool1d(4))
        self.features, self.fc = Sequential(*layers), Linear(channels, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.features(x).mean(-1))


class Basic(Module):
    """A CIFAR ResNet block with the parameter-free shortcut (option A)."""

    def __init__(self, channels: int, out: int, stride: int) -> None:
        super().__init__()
        self.stride, self.more = stride, out - channels
        self.main = Sequential(Conv2d(channels, out, 3, stride, 1, bias=False), BatchNorm2d(out), ReLU(),
                               Conv2d(out, out, 3, 1, 1, bias=False), BatchNorm2d(out))

    def forward(self, x: Tensor) -> Tensor:
        skip = pad(x[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, 0, self.more))
        return relu(self.main(x) + skip)


def resnet_cifar(n: int) -> Module:
    layers: list[Module] = [Conv2d(3, 16, 3, 1, 1, bias=False), BatchNorm2d(16), ReLU()]
    channels = 16
    for out in (16, 32, 64):
        for number in range(n):
            layers.append(Basic(channels, out, 2 if out > 16 and not number else 1))
            channels = out
    return Sequential(*layers, AdaptiveAvgPool2d(1), Flatten(), Linear(64, 10))


class Bottleneck(Module):
    """A ResNet block with its stride on the first 1×1, as in the authors' Caffe files."""

    def __init__(self, channels: int, width: int, stride: int) -> None:
        super().__init__()
        self.main = Sequential(
            Conv2d(channels, width, 1, stride, bias=False), BatchNorm2d(width), ReLU(),
            Conv2d(width, width, 3, 1, 1, bias=False), BatchNorm2d(width), ReLU(),
            Conv2d(width, 4 * width, 1, bias=False), BatchNorm2d(4 * width))
        project = Sequential(Conv2d(channels, 4 * width, 1, stride, bias=False), BatchNorm2d(4 * width))
        self.skip = Identity() if channels == 4 * width else project

    def forward(self, x: Tensor) -> Tensor:
        return relu(self.main(x) + self.skip(x))


def resnet_caffe(*depths: int) -> Module:
    layers: list[Module] = [Conv2d(3, 64, 7, 2, 3), BatchNorm2d(64), ReLU(), ceil_pool()]
    channels = 64
    for width, depth, stride in zip((64, 128, 256, 512), depths, (1, 2, 2, 2), strict=True):
        for number in range(depth):
            layers.append(Bottleneck(channels, width, 1 if number else stride))
            channels = 4 * width
    return Sequential(*layers, AdaptiveAvgPool2d(1), Flatten(), Linear(2048, 1000))


def darknet19() -> Module:
    layers: list[Module] = []
    channels = 3
    for row in ("32", "p", "64", "p", "128 64/ 128", "p", "256 128/ 256", "p", "512 256/ 512 256/ 512", "p",
                "1024 512/ 1024 512/ 1024"):
        for word in row.split():
            if word == "p":
                layers.append(MaxPool2d(2))
                continue
            out, kernel = int(word.rstrip("/")), 1 if word.endswith("/") else 3
            layers += [Conv2d(channels, out, kernel, padding=kernel // 2, bias=False), BatchNorm2d(out), LeakyReLU(0.1)]
            channels = out
    return Sequential(*layers, Conv2d(1024, 1000, 1))


def mlpconv(channels: int, out: int, kernel: int, c1: int, c2: int, stride: int = 1, padding: int = 0) -> list[Module]:
    return [Conv2d(channels, out, kernel, stride, padding), ReLU(), Conv2d(out, c1, 1), ReLU(), Conv2d(c1, c2, 1),
            ReLU()]


def nin() -> Module:
    return Sequential(*mlpconv(3, 192, 5, 160, 96, padding=2), ceil_pool(), *mlpconv(96, 192, 5, 192, 192, padding=2),
                      AvgPool2d(3, 2, ceil_mode=True), *mlpconv(192, 192, 3, 192, 10, padding=1))


def nin_imagenet() -> Module:
    return Sequential(*mlpconv(3, 96, 11, 96, 96, 4), ceil_pool(), *mlpconv(96, 256, 5, 256, 256, padding=2),
                      ceil_pool(), *mlpconv(256, 384, 3, 384, 384, padding=1), ceil_pool(),
                      *mlpconv(384, 1024, 3, 1024, 1000, padding=1))


def zfnet() -> Module:
    return Sequential(Conv2d(3, 96, 7, 2, 1), ceil_pool(), Conv2d(96, 256, 5, 2), ceil_pool(),
                      Conv2d(256, 384, 3, 1, 1), Conv2d(384, 384, 3, 1, 1), Conv2d(384, 256, 3, 1, 1), MaxPool2d(3, 2),
                      Flatten(), Linear(9216, 4096), Linear(4096, 4096), Linear(4096, 1000))
