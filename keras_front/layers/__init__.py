"""Layers, one file a family."""

from keras_front.core.input_spec import InputSpec
from keras_front.core.layer import Layer
from keras_front.layers.activation import ELU, Activation, LeakyReLU, ReLU, Softmax
from keras_front.layers.convolution import Conv2D
from keras_front.layers.core import Dense
from keras_front.layers.input_layer import Input, InputLayer
from keras_front.layers.normalization import BatchNormalization
from keras_front.layers.pooling import GlobalAveragePooling2D, MaxPooling2D
from keras_front.layers.regularization import Dropout
from keras_front.layers.reshaping import Flatten, Reshape

__all__ = [
    "ELU",
    "Activation",
    "BatchNormalization",
    "Conv2D",
    "Dense",
    "Dropout",
    "Flatten",
    "GlobalAveragePooling2D",
    "Input",
    "InputLayer",
    "InputSpec",
    "Layer",
    "LeakyReLU",
    "MaxPooling2D",
    "ReLU",
    "Reshape",
    "Softmax",
]
