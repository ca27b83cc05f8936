"""What each kind of layer does, one function per kind.

A kernel takes a `Layer` (arithmetic and weights), its input tensors, and the arguments as the user wrote them; its
signature holds the defaults, which are PyTorch's. Impossible arguments raise `ValueError` in words for a user.
"""

from collections.abc import Callable
from types import MappingProxyType
from typing import TypeAlias

from cnncalc.reference.kernels import activation, conv, dense, merge, norm, pool, reshape, resize
from cnncalc.reference.kernels.described import done
from cnncalc.reference.tensor import Tensor

Kernel: TypeAlias = Callable[..., Tensor]

KERNELS: MappingProxyType[str, Kernel] = MappingProxyType(
    {
        "conv": conv.conv,
        "depthwise_conv": conv.depthwise_conv,
        "conv_transpose": conv.conv_transpose,
        "linear": dense.linear,
        "matmul": dense.matmul,
        "attention": dense.attention,
        "max_pool": done(pool.max_pool, pool.largest),
        "avg_pool": done(pool.avg_pool, pool.average),
        "lp_pool": done(pool.lp_pool, pool.norms),
        "adaptive_avg_pool": done(pool.adaptive_avg_pool, pool.average),
        "adaptive_max_pool": done(pool.adaptive_max_pool, pool.largest),
        "global_avg_pool": done(pool.global_avg_pool, pool.average),
        "global_max_pool": done(pool.global_max_pool, pool.largest),
        "max_unpool": pool.max_unpool,
        "unpool": done(pool.unpool, reshape.taken),
        "zero_insert": done(pool.zero_insert, reshape.taken),
        "upsample": done(resize.upsample, resize.interpolated),
        "blur_pool": done(resize.blur_pool, resize.weighted),
        "batch_norm": norm.batch_norm,
        "instance_norm": norm.instance_norm,
        "group_norm": norm.group_norm,
        "layer_norm": norm.layer_norm,
        "l2_norm": norm.l2_norm,
        "lrn": done(norm.lrn, norm.responses),
        "scale": norm.scale,
        "multiply": norm.multiply,
        **{name: activation.plain(name) for name in activation.PLAIN},
        "leaky_relu": activation.leaky_relu,
        "elu": activation.elu,
        "celu": activation.celu,
        "gelu": activation.gelu,
        "softplus": activation.softplus,
        "hard_tanh": activation.hard_tanh,
        "prelu": activation.prelu,
        "softmax": activation.along_axis(activation.softmax_of),
        "log_softmax": activation.along_axis(activation.log_softmax_of),
        "dropout": activation.identity,
        "drop_path": activation.identity,
        "identity": activation.identity,
        "flatten": reshape.flatten,
        "mean": done(reshape.reduction, reshape.reduced(reshape.mean_of)),
        "amax": done(reshape.reduction, reshape.reduced(reshape.largest_of)),
        "parameter": reshape.parameter,
        "custom": reshape.custom,
        "reshape": reshape.reshape,
        "permute": done(reshape.permute, reshape.reorder),
        "squeeze": reshape.squeeze,
        "unsqueeze": reshape.unsqueeze,
        "channel_shuffle": done(reshape.channel_shuffle, reshape.reorder),
        "pixel_shuffle": done(reshape.pixel_shuffle, reshape.reorder),
        "pixel_unshuffle": done(reshape.pixel_unshuffle, reshape.reorder),
        "pad": done(reshape.pad, reshape.taken),
        "crop": done(reshape.crop, reshape.taken),
        "slice": done(reshape.slice_axis, reshape.taken),
        "chunk": done(reshape.chunk, reshape.taken),
        "select": done(reshape.select, reshape.taken),
        **{name: merge.cellwise(name) for name in merge.CELLWISE},
        "concat": merge.concat,
    }
)
