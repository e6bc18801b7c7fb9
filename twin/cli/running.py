"""`twin run` and `twin resume`."""

from twin.cli.output import Output
from twin.cli.summaries import run_json, run_rows
from twin.runs import open_store
from twin.scenario.launch import new_book, prepare, recorded, reopened
from twin.scenario.request import Request
from twin.scenario.session import Book, Outcome, Session


def run_scenario(output: Output, request: Request, policy: str | None, where: str | None, speed: float | None) -> None:
    """Run one policy from the first tick to the last."""
    loaded = request.load()
    start = prepare(loaded, speed)
    chosen = start.policy(loaded.model.policy if policy is None else policy)
    with open_store(where) as store:
        book = new_book(store, start, chosen)
        session = Session(start.blueprint, chosen, book, start.clock)
        session.skip_to(start.first_tick)
        _finish(output, session, book)


def resume_run(output: Output, where: str | None, which: str) -> None:
    """Go on where a run stopped."""
    with open_store(where) as store:
        session, book = reopened(store, store.run(which))
        _finish(output, session, book)


def carry_out(output: Output, session: Session, book: Book) -> Outcome:
    """Run a session under a progress bar; an interrupt is answered with how to go on."""
    header = book.store.run(book.run).header
    try:
        with output.progress(f"{header.scenario} {header.policy}") as watch:
            return recorded(session, book, watch)
    except KeyboardInterrupt:
        done = book.store.run(book.run).progress
        output.note(f"run {book.run} stopped after {done} of {header.ticks} ticks; 'twin resume {book.run}' goes on")
        raise


def _finish(output: Output, session: Session, book: Book) -> None:
    outcome = carry_out(output, session, book)
    header = book.store.run(book.run).header
    row = book.store.run(book.run)
    if output.as_json:
        output.result(run_json(row))
    else:
        output.table(("", ""), run_rows(row), f"Run {row.id}: {header.scenario} under {outcome.policy}")
