"""`twin run` and `twin resume`."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from twin.cli.output import Output
from twin.cli.summaries import run_json, run_rows
from twin.clock import Overrun
from twin.runs import RunRow, RunStore, open_store
from twin.scenario.launch import (
    Start,
    new_book,
    prepare,
    present_tick,
    recorded,
    refuse_future,
    reopened,
    restarted,
)
from twin.scenario.request import Request
from twin.scenario.session import Book, Outcome, Session

if TYPE_CHECKING:
    from twin.cli.benches import Hookup


def run_scenario(
    output: Output, request: Request, policy: str | None, where: str | None, speed: float | None, overrun: Overrun
) -> None:
    """Run one policy from the first tick to the last."""
    loaded = request.load()
    start = prepare(loaded, speed, overrun=overrun)
    name = loaded.model.policy if policy is None else policy
    chosen = start.policy(name)
    for remark in start.blueprint.remarks.lines:
        output.note(f"note: {remark}")
    with open_store(where) as store:
        if start.blueprint.feed.live:
            start.remember(store)
            chosen = start.policy(name)
        book = new_book(store, start, chosen)
        _finish(output, start.session(chosen, book), book)


def run_hardware(output: Output, request: Request, policy: str | None, where: str | None, with_: "Hookup") -> None:
    """The same with boards in the place of some components."""
    loaded = request.load()
    start = prepare(loaded, with_.speed if loaded.model.is_live else None, overrun=with_.overrun)
    name = loaded.model.policy if policy is None else policy
    refuse_future(name, loaded.model.forecaster)
    with open_store(where) as store:
        _live(output, store, start, with_, lambda ready: _new(store, ready, name, with_.label))


def resume_run(output: Output, where: str | None, which: str) -> None:
    """Go on where a run stopped; with boards, at the present tick."""
    with open_store(where) as store:
        row = store.run(which)
        if row.header.hardware is None:
            _finish(output, *reopened(store, row))
            return
        from twin.cli.benches import hookup_of

        with_ = hookup_of(row)
        start = restarted(store, row)
        present_tick(row, start.loaded.model.tick / with_.factor, store.name)
        _live(output, store, start, with_, lambda ready: _again(store, ready, row, with_.factor))


def _new(store: RunStore, start: Start, name: str, label: str) -> tuple[Session, Book]:
    start.remember(store)
    policy = start.policy(name)
    book = new_book(store, start, policy, hardware=label)
    return start.session(policy, book), book


def _again(store: RunStore, start: Start, row: RunRow, factor: float) -> tuple[Session, Book]:
    """A session that goes on at the tick which the boards' clock has reached by now."""
    if not start.loaded.model.is_live:
        start = replace(start, first_tick=present_tick(row, start.loaded.model.tick / factor, store.name))
    book = Book(store, row.id)
    return start.session(start.policy(row.header.policy), book), book


def _live(
    output: Output,
    store: RunStore,
    start: Start,
    with_: "Hookup",
    make: Callable[[Start], tuple[Session, Book]],
) -> None:
    """Meet the boards, run a session on them, stop them, and keep what they said last."""
    from twin.cli.benches import equipped

    with equipped(output, start, with_, store) as (ready, bridge):
        session, book = make(ready)
        try:
            outcome = carry_out(output, session, book)
        finally:
            if deaf := bridge.stop():
                output.note(f"no answer to stop from {', '.join(deaf)}; 0 W follows silence")
            store.note(book.run, bridge.rows())
    _show(output, outcome, book)


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
    _show(output, carry_out(output, session, book), book)


def _show(output: Output, outcome: Outcome, book: Book) -> None:
    row = book.store.run(book.run)
    if output.as_json:
        output.result(run_json(row))
    else:
        output.table(("", ""), run_rows(row), f"Run {row.id}: {row.header.scenario} under {outcome.policy}")
