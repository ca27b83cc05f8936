"""What each kind of layer does, one function per kind.

A kernel takes a `Layer` (arithmetic and weights), its input tensors, and the arguments as the user wrote them; its
signature holds the defaults, which are PyTorch's. Impossible arguments raise `ValueError` in words for a user.
"""

from collections.abc import Callable
from types import MappingProxyType
from typing import TypeAlias

from cnncalc.reference.kernels import activation, conv, dense, merge, norm, pool, reshape, resize
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
        "max_pool": pool.max_pool,
        "avg_pool": pool.avg_pool,
        "lp_pool": pool.lp_pool,
        "adaptive_avg_pool": pool.adaptive_avg_pool,
        "adaptive_max_pool": pool.adaptive_max_pool,
        "global_avg_pool": pool.global_avg_pool,
        "global_max_pool": pool.global_max_pool,
        "max_unpool": pool.max_unpool,
        "unpool": pool.unpool,
        "zero_insert": pool.zero_insert,
        "upsample": resize.upsample,
        "blur_pool": resize.blur_pool,
        "batch_norm": norm.batch_norm,
        "instance_norm": norm.instance_norm,
        "group_norm": norm.group_norm,
        "layer_norm": norm.layer_norm,
        "l2_norm": norm.l2_norm,
        "lrn": norm.lrn,
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
        "mean": reshape.reduced(reshape.mean_of),
        "amax": reshape.reduced(reshape.largest_of),
        "parameter": reshape.parameter,
        "custom": reshape.custom,
        "reshape": reshape.reshape,
        "permute": reshape.permute,
        "squeeze": reshape.squeeze,
        "unsqueeze": reshape.unsqueeze,
        "channel_shuffle": reshape.channel_shuffle,
        "pixel_shuffle": reshape.pixel_shuffle,
        "pixel_unshuffle": reshape.pixel_unshuffle,
        "pad": reshape.pad,
        "crop": reshape.crop,
        "slice": reshape.slice_axis,
        "chunk": reshape.chunk,
        "select": reshape.select,
        **{name: merge.cellwise(name) for name in merge.CELLWISE},
        "concat": merge.concat,
    }
)
