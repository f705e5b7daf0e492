"""Handwritten digits: 1,797 images of 8×8 pixels, shipped with the package.

The test part of "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository, by E. Alpaydin and
C. Kaynak (1998), https://doi.org/10.24432/C50P49, licensed CC BY 4.0; the copy that scikit-learn carries.  Stored as
``digits.npz``: pixels from 0 to 16 and labels, both ``uint8``, in the original order.

source: Kaynak, "Methods of combining multiple classifiers and their applications to handwritten digit recognition",
MSc thesis, Bogazici University, 1995.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

__all__ = ["load_data"]

_TEST_ROWS = 360
Arrays = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def load_data() -> Arrays:
    """``(x_train, y_train), (x_test, y_test)``: images and labels, 1,437 rows to train on and 360 to test.

    The rows are dealt out in a fixed random order, so writers appear in both parts.

    shape: ``x (rows, 8, 8)``, ``y (rows,)``.  dtype: ``uint8``; pixels from 0 to 16, labels from 0 to 9.

    >>> (x_train, y_train), (x_test, y_test) = load_data()
    >>> x_train.shape, y_test.shape, int(x_train.max())
    ((1437, 8, 8), (360,), 16)
    """
    with np.load(Path(__file__).with_name("digits.npz"), allow_pickle=False) as file:
        images, labels = file["images"], file["labels"]
    order = np.random.Generator(np.random.Philox(key=0)).permutation(len(labels))
    train, test = order[_TEST_ROWS:], order[:_TEST_ROWS]
    return (images[train], labels[train]), (images[test], labels[test])
