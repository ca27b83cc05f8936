"""Networks that answer for every pixel and that no installable framework has, as plain PyTorch modules: a second reading
of their papers.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, cat
from torch.nn import (
    BatchNorm2d,
    BatchNorm3d,
    Conv2d,
    Conv3d,
    ConvTranspose2d,
    ConvTranspose3d,
    Dropout,
    Identity,
    MaxPool2d,
    MaxPool3d,
    MaxUnpool2d,
    Module,
    ModuleList,
    PReLU,
    ReLU,
    Sequential,
)


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


def cropped(x: Tensor, like: Tensor) -> Tensor:
    """The middle of a tensor, of the size of another; all of it, where they are equal."""
    for axis in range(2, x.dim()):
        x = x.narrow(axis, (x.shape[axis] - like.shape[axis]) // 2, like.shape[axis])
    return x


class Ladder(Module):
    """Down by pooling, up beside what was there on the way down; `downs`, `pool`, `ups` and `last` say with what."""

    def forward(self, x: Tensor) -> Tensor:
        skips = []
        for number, down in enumerate(self.downs):
            x = down(self.pool(x) if number else x)
            skips.append(x)
        skips.pop()
        for up, convs in self.ups:
            x = up(x)
            x = convs(cat([cropped(skips.pop(), x), x], 1))
        return self.last(x)


class UNet(Ladder):
    """U-Net, from figure 1 of its paper; `padding` 1 keeps the sizes."""

    def __init__(self, padding: int) -> None:
        super().__init__()
        widths = (64, 128, 256, 512, 1024)
        self.pool = MaxPool2d(2)
        self.downs = ModuleList([self.twice(channels, out, padding) for channels, out in zip((1, *widths), widths,
                                                                                             strict=False)])
        self.ups = ModuleList([ModuleList([ConvTranspose2d(2 * out, out, 2, 2), self.twice(2 * out, out, padding)])
                               for out in reversed(widths[:-1])])
        self.last = Conv2d(64, 2, 1)

    @staticmethod
    def twice(channels: int, out: int, padding: int) -> Module:
        return Sequential(Conv2d(channels, out, 3, padding=padding), ReLU(), Conv2d(out, out, 3, padding=padding),
                          ReLU())


class UNet3d(Ladder):
    """3-D U-Net, from figure 2 of its paper: the maps double before a pool; `padding` 1 keeps the sizes."""

    def __init__(self, padding: int) -> None:
        super().__init__()
        self.pool = MaxPool3d(2)
        self.downs = ModuleList([self.two(channels, channels if channels > 3 else 32, out, padding)
                                 for channels, out in ((3, 64), (64, 128), (128, 256), (256, 512))])
        self.ups = ModuleList([ModuleList([ConvTranspose3d(2 * out, 2 * out, 2, 2, bias=False),
                                           self.two(3 * out, out, out, padding)]) for out in (256, 128, 64)])
        self.last = Conv3d(64, 3, 1)

    @staticmethod
    def two(channels: int, middle: int, out: int, padding: int) -> Module:
        return Sequential(Conv3d(channels, middle, 3, padding=padding), BatchNorm3d(middle, affine=False), ReLU(),
                          Conv3d(middle, out, 3, padding=padding), BatchNorm3d(out, affine=False), ReLU())


class UNetPP(Module):
    """U-Net++, from figure 1 of its paper: five rows of nodes, a prediction of every node of the first but one."""

    def __init__(self) -> None:
        super().__init__()
        self.widths, self.pool = (32, 64, 128, 256, 512), MaxPool2d(2)
        self.nodes, self.ups = ModuleList(), ModuleList()
        for column in range(5):
            self.nodes.append(ModuleList())
            self.ups.append(ModuleList())
            for row in range(5 - column):
                out = self.widths[row]
                above = self.widths[row - 1] if row else 1
                self.nodes[column].append(self.twice(out * (column + 1) if column else above, out))
                self.ups[column].append(ConvTranspose2d(2 * out, out, 2, 2) if column else Identity())
        self.last = ModuleList([Conv2d(32, 1, 1) for _ in range(4)])

    @staticmethod
    def twice(channels: int, out: int) -> Module:
        return Sequential(Conv2d(channels, out, 3, padding=1), ReLU(), Conv2d(out, out, 3, padding=1), ReLU())

    def forward(self, x: Tensor) -> list[Tensor]:
        rows: list[list[Tensor]] = []
        for row in range(5):
            x = self.nodes[0][row](self.pool(x) if row else x)
            rows.append([x])
        for column in range(1, 5):
            for row in range(5 - column):
                below = self.ups[column][row](rows[row + 1][column - 1])
                rows[row].append(self.nodes[column][row](cat([*rows[row], below], 1)))
        return [head(x) for head, x in zip(self.last, rows[0][1:], strict=True)]


class DeconvNet(Module):
    """DeconvNet, from table 4 of its paper, with or without batch normalisation."""

    def __init__(self, norm: bool) -> None:
        super().__init__()
        self.norm, self.pool, self.unpool = norm, MaxPool2d(2, return_indices=True), MaxUnpool2d(2)
        rows = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
        self.stages = ModuleList([self.stage(Conv2d, channels, row) for channels, row in
                                  zip((3, 64, 128, 256, 512), rows, strict=True)])
        self.middle = Sequential(self.one(Conv2d(512, 4096, 7)), self.one(Conv2d(4096, 4096, 1)),
                                 self.one(ConvTranspose2d(4096, 512, 7)))
        back = ((512, 512, 512), (512, 512, 256), (256, 256, 128), (128, 64), (64, 64))
        self.backs = ModuleList([self.stage(ConvTranspose2d, channels, row) for channels, row in
                                zip((512, 512, 256, 128, 64), back, strict=True)])
        self.last = Conv2d(64, 21, 1)

    def one(self, layer: Module) -> Module:
        return Sequential(layer, BatchNorm2d(layer.out_channels) if self.norm else Identity(), ReLU())

    def stage(self, kind: Callable[..., Module], channels: int, row: tuple[int, ...]) -> Module:
        return Sequential(*(self.one(kind(before, out, 3, padding=1))
                            for before, out in zip((channels, *row), row, strict=False)))

    def forward(self, x: Tensor) -> Tensor:
        switches = []
        for stage in self.stages:
            x, where = self.pool(stage(x))
            switches.append(where)
        x = self.middle(x)
        for stage in self.backs:
            x = stage(self.unpool(x, switches.pop()))
        return self.last(x)


def srcnn(f2: int) -> Module:
    """SRCNN 9-f2-5; of the picture's size, though the paper's own convolutions are unpadded while it trains."""
    return Sequential(Conv2d(1, 64, 9, padding=4), ReLU(), Conv2d(64, 32, f2, padding=f2 // 2), ReLU(),
                      Conv2d(32, 1, 5, padding=2))
