"""Runs the command and turns whatever goes wrong into one clear answer and an exit status."""

import signal
import sys
from types import FrameType
from typing import Any, NoReturn

import typer

from twin.cli.output import Output
from twin.errors import ClockError, Errors, FeedError, LinkError, PlanError, StoreError, StoreRequestError, TwinError

DONE, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130
"""The exit statuses: done; failed after the first tick, or store, feed or link down; wrong from the start; stopped."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """The console script. Exits with one of the statuses above."""
    arguments = sys.argv[1:] if arguments is None else arguments
    signal.signal(signal.SIGTERM, _interrupt)
    output = Output("--json" in arguments)
    sys.exit(_status(arguments, output))


def _status(arguments: list[str], output: Output) -> int:
    from twin.cli.commands import app

    try:
        status = app(arguments or ["--help"], prog_name="twin", standalone_mode=False, obj=output)
    except typer.TyperException as error:
        output.failure(usage_error(error))
        return WRONG
    except TwinError as error:
        output.failure(error)
        return status_of(error)
    except (KeyboardInterrupt, typer.Abort):
        status = INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has left, as `twin runs | head` does; nobody is there to be told.
        sys.stderr.close()
        return FAILED
    if status == INTERRUPTED:
        output.note("interrupted")
        return INTERRUPTED
    return DONE if arguments else WRONG


def status_of(error: TwinError) -> int:
    """Names and files are the user's to mend; a store, a feed or a link may be down."""
    if isinstance(error, Errors):
        return status_of(error.errors[0])
    if isinstance(error, StoreRequestError):
        return WRONG
    return FAILED if isinstance(error, StoreError | FeedError | LinkError | PlanError | ClockError) else WRONG


def usage_error(error: typer.TyperException) -> TwinError:
    """What typer says of the arguments, in our form."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "twin"
    message = getattr(error, "format_message", error.__str__)()
    return TwinError(command, message.rstrip("."), f"'{command} --help' shows what it takes")


def _interrupt(number: int, frame: FrameType | None) -> Any:
    raise KeyboardInterrupt
