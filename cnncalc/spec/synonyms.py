"""Other frameworks' spellings, each with ours: refused, but with the right one."""

ARGUMENTS = {
    "filters": "out", "num_output": "out", "out_channels": "out", "out_features": "out", "units": "out",
    "channels": "out", "features": "out", "kernel_size": "kernel", "kernel_shape": "kernel", "pool_size": "kernel",
    "ksize": "kernel", "window": "kernel", "k": "kernel", "strides": "stride", "s": "stride", "pad": "padding",
    "pads": "padding", "p": "padding", "dilation_rate": "dilation", "dilations": "dilation", "group": "groups",
    "num_groups": "groups", "feature_group_count": "groups", "use_bias": "bias", "bias_term": "bias",
    "output_size": "size", "scale_factor": "factor", "scale": "factor", "upscale_factor": "factor",
    "downscale_factor": "factor", "negative_slope": "slope", "dim": "axis", "start_dim": "start", "epsilon": "eps",
    "elementwise_affine": "affine", "num_heads": "heads", "rate": "p", "depth_multiplier": "multiplier",
    "min_val": "min", "max_val": "max", "if": "when", "inputs": "from", "input": "from", "times": "repeat",
    "normalized_shape": "axes", "num_parameters": "count", "p_norm": "norm", "local_size": "size",
}
"""Argument or modifier elsewhere: its name here."""

KINDS = {
    "conv1d": "conv", "conv2d": "conv", "conv3d": "conv", "convolution": "conv", "convolution2d": "conv",
    "convtranspose": "conv_transpose", "convtranspose1d": "conv_transpose", "convtranspose2d": "conv_transpose",
    "convtranspose3d": "conv_transpose", "conv2dtranspose": "conv_transpose", "conv2d_transpose": "conv_transpose",
    "deconv": "conv_transpose", "deconvolution": "conv_transpose", "upconv": "conv_transpose",
    "depthwiseconv2d": "depthwise_conv", "depthwiseconv": "depthwise_conv", "depthwise": "depthwise_conv",
    "dense": "linear", "fc": "linear", "fully_connected": "linear", "innerproduct": "linear", "gemm": "linear",
    "maxpool": "max_pool", "maxpool1d": "max_pool", "maxpool2d": "max_pool", "maxpool3d": "max_pool",
    "maxpooling2d": "max_pool", "max_pooling": "max_pool", "avgpool": "avg_pool", "avgpool1d": "avg_pool",
    "avgpool2d": "avg_pool", "avgpool3d": "avg_pool", "averagepooling2d": "avg_pool", "averagepool": "avg_pool",
    "average_pool": "avg_pool", "mean_pool": "avg_pool", "globalaveragepool": "global_avg_pool",
    "globalaveragepooling2d": "global_avg_pool", "global_average_pool": "global_avg_pool", "gap": "global_avg_pool",
    "globalmaxpool": "global_max_pool", "globalmaxpooling2d": "global_max_pool",
    "adaptiveavgpool2d": "adaptive_avg_pool", "adaptivemaxpool2d": "adaptive_max_pool", "maxunpool2d": "max_unpool",
    "batchnorm": "batch_norm", "batchnorm1d": "batch_norm", "batchnorm2d": "batch_norm", "batchnorm3d": "batch_norm",
    "batchnormalization": "batch_norm", "bn": "batch_norm", "instancenorm2d": "instance_norm",
    "instancenorm": "instance_norm", "groupnorm": "group_norm", "layernorm": "layer_norm",
    "layernormalization": "layer_norm", "localresponsenorm": "lrn", "local_response_norm": "lrn",
    "leakyrelu": "leaky_relu", "hardswish": "hard_swish", "hswish": "hard_swish", "hardsigmoid": "hard_sigmoid",
    "hsigmoid": "hard_sigmoid", "hardtanh": "hard_tanh", "swish": "silu", "logsoftmax": "log_softmax",
    "dropout2d": "dropout", "dropconnect": "drop_path", "stochastic_depth": "drop_path", "eltwise": "add",
    "elementwise_add": "add", "sum": "add", "residual": "add", "cat": "concat", "concatenate": "concat",
    "multiply": "mul", "resize": "upsample", "interpolate": "upsample", "upsampling2d": "upsample",
    "zeropad2d": "pad", "zeropadding2d": "pad", "multiheadattention": "attention", "self_attention": "attention",
    "channelshuffle": "channel_shuffle", "pixelshuffle": "pixel_shuffle", "depth_to_space": "pixel_shuffle",
    "space_to_depth": "pixel_unshuffle", "view": "reshape", "transpose": "permute", "split": "chunk",
    "none": "identity", "noop": "identity", "group": "layers", "sequential": "layers",
}
"""Kind elsewhere, in lower case: its name here. A word that is a kind of ours is never looked up."""
