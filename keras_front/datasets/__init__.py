"""Small data sets to learn and test with."""

from keras_front.datasets import digits

__all__ = ["digits"]
