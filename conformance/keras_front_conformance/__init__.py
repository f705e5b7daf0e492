"""The conformance suite of keras_front's backend protocol.

``python -m keras_front_conformance BACKEND`` runs it on any backend that the entry-point group
``keras_front.backends`` knows, ours or a third party's.  ``--certificate PATH`` writes what was found as JSON,
``--nightly`` runs more examples, and every further option goes to pytest (``-k conv``, ``-x``, ``-n 4``).

Where is what:

- ``cases/``: the data.  One row for each protocol function: dtypes, exact formula, kind of accuracy, calls.
  **To add a case, add a call to a row** (its arguments are described with `arguments`); to test a new protocol
  function, add a row.  A function without one fails ``test_contract``.
- ``values``, ``gradients``, ``specs``, ``strategies``: what is checked of every row: its values against the formula, its
  gradients against finite differences of the formula, its shape rule against reality, its shapes at random.
  They are plain functions of a backend; the ``test_*`` files run them with pytest.
- ``tolerances``: the bounds for every dtype, and why.
- ``test_<group>``: one file for each group of the protocol, and ``test_contract``, ``test_shapes``, ``test_gradients``,
  ``test_examples`` across all groups.
- ``front/``: layers, training and saving on the backend.
- ``strict``: a backend that refuses whatever the protocol does not promise; it finds leaks in the front.
- ``conftest``: how gaps are enforced and results recorded.
"""
