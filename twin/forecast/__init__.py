"""Forecasters: what may come, told from what has been seen."""
