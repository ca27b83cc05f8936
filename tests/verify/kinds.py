"""A small network for every kind, in which everything that the kind can get wrong makes a difference.

The kind's own layer is the last one; sizes differ on all axes, and groups, strides and biases are not 1, 1 and absent.
"""

from __future__ import annotations

INPUT = "[4, 7, 10]"

STEPS = {
    "conv": "{conv: 6, kernel: [3, 2], stride: [1, 2], padding: [1, 0], dilation: [2, 1], groups: 2}",
    "depthwise_conv": "{depthwise_conv: [2, 3], multiplier: 2, stride: [2, 1], padding: same}",
    "conv_transpose": "{conv_transpose: 6, kernel: [3, 2], stride: [2, 3], padding: [1, 0], output_padding: [1, 2], "
                      "groups: 2}",
    "linear": "{linear: 3, axis: last}",
    "matmul": "{matmul, from: [prev, prev], transpose: true}",
    "attention": "[{reshape: [14, 20]}, {attention: 4}]",
    "max_pool": "{max_pool: [3, 2], stride: [2, 3], padding: [1, 0], dilation: [2, 1], ceil_mode: true}",
    "avg_pool": "{avg_pool: [3, 2], stride: [2, 3], padding: [1, 0], ceil_mode: true}",
    "lp_pool": "{lp_pool: [3, 2], stride: [2, 3], ceil_mode: true}",
    "blur_pool": "{blur_pool: [3, 2], stride: [2, 3]}",
    "adaptive_avg_pool": "{adaptive_avg_pool: [3, keep]}",
    "adaptive_max_pool": "{adaptive_max_pool: [3, 2]}",
    "global_avg_pool": "global_avg_pool",
    "global_max_pool": "global_max_pool",
    "max_unpool": "[{max_pool: [2, 3], name: p}, relu, {max_unpool: p}]",
    "unpool": "{unpool: [2, 3]}",
    "zero_insert": "{zero_insert: [2, 3]}",
    "upsample": "{upsample: [1.5, 0.75], mode: linear}",
    "batch_norm": "batch_norm",
    "instance_norm": "{instance_norm, affine: true, track_running_stats: true}",
    "group_norm": "{group_norm: 2}",
    "layer_norm": "{layer_norm: 2}",
    "l2_norm": "l2_norm",
    "lrn": "{lrn: 5}",
    "scale": "{scale, bias: true}",
    "multiply": "{multiply: 0.5}",
    "prelu": "{prelu: $in.channels}",
    "softmax": "{softmax: -1}",
    "log_softmax": "{log_softmax: 2}",
    "flatten": "{flatten: 2}",
    "mean": "{mean: [2], keep: true}",
    "amax": "{amax: -1}",
    "parameter": "{parameter: [3, 5]}",
    "reshape": "{reshape: [5, -1]}",
    "permute": "{permute: [2, 3, 1]}",
    "squeeze": "[{select: 2, axis: 2}, {squeeze: 2}]",
    "unsqueeze": "{unsqueeze: 2}",
    "channel_shuffle": "{channel_shuffle: 2}",
    "pixel_shuffle": "{pixel_shuffle: 2}",
    "pixel_unshuffle": "[{crop: [6, 9]}, {pixel_unshuffle: 3}]",
    "pad": "{pad: [[1, -1], [2, 3]]}",
    "crop": "{crop: [3, 6]}",
    "slice": "{slice: [2, end], axis: 3}",
    "chunk": "{chunk: 1, of: 2, axis: -1}",
    "select": "{select: [3, 0]}",
    "add": "[{global_avg_pool, name: mean}, {add, from: [mean, in], broadcast: true}]",
    "mul": "[{global_avg_pool, name: mean}, {mul, from: [mean, in], broadcast: true}]",
    "sub": "{sub: [[relu], [tanh]]}",
    "max": "{max: {a: relu, b}}",
    "concat": "{concat: [[{conv: 3, kernel: 1}], []]}",
    "custom": "{custom: [3, 2], params: 5, macs: 7}",
    **{word: word for word in (
        "relu", "relu6", "leaky_relu", "elu", "celu", "selu", "gelu", "silu", "mish", "softplus", "softsign", "sigmoid",
        "hard_sigmoid", "hard_swish", "hard_tanh", "tanh", "abs", "dropout", "drop_path", "identity")},
}


def spec(kind: str) -> str:
    """The network of a kind."""
    return f"input: {INPUT}\nlayers:\n- {STEPS[kind]}\n"
