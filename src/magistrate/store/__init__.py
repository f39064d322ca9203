"""Event stores: the only modules that import an engine."""
