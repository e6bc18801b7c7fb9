"""The `twin` command: arguments in, lines out."""

from twin.cli.main import main

__all__ = ["main"]
