"""The kernels again, for networks of full size: many cells to one Python integer, or to one `bytes.translate`.

They compute with `SmallNumbers` only, whose cells are small whole numbers between layers, and give what the plain
kernels give: the same cells, the same counts, the same refusals. Kinds that are not here are as fast as they need be.

What multiplies is exact, and each product is done: a plane is an integer that holds one activation for each output
cell, and is multiplied by the weight. It counts for so many multiply-adds as it holds cells.
"""

from types import MappingProxyType

from cnncalc.reference.fast import cellwise, conv, dense, grouped, moves, pool, transpose
from cnncalc.reference.kernels import KERNELS, Kernel, activation, norm, reshape, resize
from cnncalc.reference.kernels import pool as plain
from cnncalc.reference.kernels.described import done
from cnncalc.reference.kernels.merge import CELLWISE

BY_VALUE = (
    *activation.PLAIN,
    *("leaky_relu", "elu", "celu", "gelu", "softplus", "hard_tanh", "prelu"),
    *("scale", "multiply", "l2_norm"),
)

FAST: MappingProxyType[str, Kernel] = MappingProxyType(
    {
        **KERNELS,
        "conv": conv.conv,
        "depthwise_conv": conv.depthwise_conv,
        "conv_transpose": transpose.conv_transpose,
        "linear": dense.linear,
        "matmul": dense.matmul,
        "attention": dense.attention,
        "max_pool": done(plain.max_pool, pool.largest),
        "avg_pool": done(plain.avg_pool, pool.average),
        "lp_pool": done(plain.lp_pool, pool.norms),
        "adaptive_avg_pool": done(plain.adaptive_avg_pool, pool.average),
        "adaptive_max_pool": done(plain.adaptive_max_pool, pool.largest),
        "global_avg_pool": done(plain.global_avg_pool, pool.average),
        "global_max_pool": done(plain.global_max_pool, pool.largest),
        "unpool": done(plain.unpool, moves.picked),
        "zero_insert": done(plain.zero_insert, moves.picked),
        "upsample": done(resize.upsample, pool.interpolated),
        "blur_pool": done(resize.blur_pool, pool.weighted),
        "batch_norm": grouped.batch_norm,
        "instance_norm": grouped.instance_norm,
        "group_norm": grouped.group_norm,
        "layer_norm": grouped.layer_norm,
        "lrn": done(norm.lrn, grouped.responses),
        "softmax": grouped.softmax,
        "log_softmax": grouped.log_softmax,
        **{name: cellwise.by_value(KERNELS[name]) for name in BY_VALUE},
        "mean": done(reshape.reduction, grouped.mean),
        "amax": done(reshape.reduction, grouped.amax),
        "permute": done(reshape.permute, moves.reordered),
        "channel_shuffle": done(reshape.channel_shuffle, moves.reordered),
        "pixel_shuffle": done(reshape.pixel_shuffle, moves.reordered),
        "pixel_unshuffle": done(reshape.pixel_unshuffle, moves.reordered),
        "pad": done(reshape.pad, moves.picked),
        "crop": done(reshape.crop, moves.picked),
        "slice": done(reshape.slice_axis, moves.picked),
        "chunk": done(reshape.chunk, moves.picked),
        "select": done(reshape.select, moves.picked),
        **{name: cellwise.cellwise(name) for name in CELLWISE},
        "concat": moves.concat,
    }
)
