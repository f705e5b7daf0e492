"""Programs that show the library at work: ``python -m keras_front.examples.digits``."""
