"""Sizes, parameters and FLOPs of convolutional networks from a text file."""

__version__ = "0.1.0"
