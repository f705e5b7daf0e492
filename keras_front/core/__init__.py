"""What layers, optimizers and metrics are made of: variables, overlays, the base layer, dispatch, names, settings."""

__all__: list[str] = []
