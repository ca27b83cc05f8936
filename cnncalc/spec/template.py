"""The spec that `cnncalc new` starts from."""

from __future__ import annotations

TEMPLATE = """\
# A network for cnncalc. `cnncalc summarize {file}` shows its layers; `cnncalc explain conv` what a kind does.
name: {name}

hyperparameters: {{classes: 10, width: 32}}     # `--set width=64` changes one
variants:
  wide: {{width: 64}}                           # `cnncalc summarize {file}@wide`

input: [3, 64, 64]                            # channels, height, width; without the batch

blocks:                                       # kinds of your own: name(parameters, with=defaults)
  conv_bn(out, kernel=3, stride=1):
  - {{conv: $out, kernel: $kernel, stride: $stride, padding: half, bias: false}}
  - batch_norm

  residual(out, stride=1):
  - add:                                      # a merge contains its branches
      main: [{{conv_bn: $out, stride: $stride}}, relu, {{conv_bn: $out}}]
      skip: {{conv_bn: [$out, 1], stride: $stride, when: $stride != 1 or $in.channels != $out}}
  - relu

layers:                                       # from top to bottom; each step takes what the one before gives
- [{{conv_bn: $width, name: stem}}, relu]       # a list puts a stage on one line
- {{residual: $width, repeat: 2, name: stage1}}
- {{residual: 2*$width, repeat: 2, name: stage2, first: {{stride: 2}}}}
- {{residual: 4*$width, repeat: 2, name: stage3, first: {{stride: 2}}}}
- [global_avg_pool, flatten, {{linear: $classes, name: fc}}]

# budget: {{params: 1M, macs: 100M}}            # `cnncalc check {file}` fails above these
"""


def template(name: str, file: str) -> str:
    """A small residual network with a comment on every part; `name` is quoted as YAML needs it."""
    return TEMPLATE.format(name=name, file=file)
