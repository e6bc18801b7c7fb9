"""The long measurements: what the project promises about speed, memory and exactness, as ratios in one run.

`python -m tests.bench [NAME…]` runs them; each module answers `lines()`, one line per measurement.
"""
