"""Networks that no installable framework has, as plain PyTorch modules: a second reading of their papers."""

from __future__ import annotations

from torch import Tensor, cat
from torch.nn import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm1d,
    BatchNorm2d,
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose2d,
    ConvTranspose3d,
    Dropout,
    Flatten,
    Identity,
    LeakyReLU,
    Linear,
    MaxPool1d,
    MaxPool2d,
    Module,
    ModuleList,
    PReLU,
    ReLU,
    Sequential,
)
from torch.nn.functional import pad, relu


def ceil_pool() -> Module:
    return MaxPool2d(3, 2, ceil_mode=True)


class Fcn(Module):
    """FCN on VGG-16, from the authors' Caffe files: `stride` 32, 16 or 8."""

    def __init__(self, stride: int) -> None:
        super().__init__()
        self.stride, self.stages, channels = stride, ModuleList(), 3
        for out, depth in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
            layers: list[Module] = []
            for number in range(depth):
                layers += [Conv2d(channels, out, 3, padding=100 if channels == 3 and not number else 1), ReLU()]
                channels = out
            self.stages.append(Sequential(*layers, MaxPool2d(2, 2, ceil_mode=True)))
        self.head = Sequential(Conv2d(512, 4096, 7), ReLU(), Dropout(), Conv2d(4096, 4096, 1), ReLU(), Dropout(),
                               Conv2d(4096, 21, 1))
        fused = [channels for channels, at in ((512, 16), (256, 8)) if stride <= at]
        self.scores = ModuleList([Conv2d(channels, 21, 1) for channels in fused])
        self.ups = ModuleList([ConvTranspose2d(21, 21, 4, 2, bias=False) for _ in fused])
        self.last = ConvTranspose2d(21, 21, 2 * stride, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[2:]
        pools = []
        for stage in self.stages:
            x = stage(x)
            pools.append(x)
        x = self.head(x)
        for score, up, pool, offset in zip(self.scores, self.ups, (pools[3], pools[2]), (5, 9), strict=False):
            x = up(x)
            x = x + score(pool)[:, :, offset:offset + x.shape[2], offset:offset + x.shape[3]]
        offset = {32: 19, 16: 27, 8: 31}[self.stride]
        return self.last(x)[:, :, offset:offset + height, offset:offset + width]


class VNet(Module):
    """V-Net, from figure 2 of its paper."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.act = Conv3d(1, 16, 5, padding=2), PReLU(16)
        self.downs, self.ups, channels = ModuleList(), ModuleList(), 16
        for depth in (2, 3, 3, 3):
            half = Sequential(Conv3d(channels, 2 * channels, 2, 2), PReLU(2 * channels))
            channels *= 2
            self.downs.append(ModuleList([half, self.convs(channels, depth), PReLU(channels)]))
        for out, depth in ((256, 3), (128, 3), (64, 2), (32, 1)):
            twice = Sequential(ConvTranspose3d(channels, out // 2, 2, 2), PReLU(out // 2))
            self.ups.append(ModuleList([twice, self.convs(out, depth), PReLU(out)]))
            channels = out
        self.last = Conv3d(32, 2, 1)

    @staticmethod
    def convs(channels: int, depth: int) -> Module:
        layers: list[Module] = []
        for _ in range(depth):
            layers += [PReLU(channels), Conv3d(channels, channels, 5, padding=2)]
        return Sequential(*layers[1:])

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.first(x) + x)
        skips = []
        for half, convs, act in self.downs:
            skips.append(x)
            x = half(x)
            x = act(convs(x) + x)
        for twice, convs, act in self.ups:
            x = cat([skips.pop(), twice(x)], 1)
            x = act(convs(x) + x)
        return self.last(x)


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
