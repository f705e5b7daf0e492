"""The front on one backend, held against real Keras where it says what is right."""
