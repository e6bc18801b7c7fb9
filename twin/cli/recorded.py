"""What is kept in the run store: `twin runs`, `show`, `export`, `delete`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dashboards.scales import Scale
from twin.cli.output import Output
from twin.cli.summaries import run_json, run_rows, summary_of
from twin.errors import Errors, NoStoreError, StoreError, TwinError
from twin.runs import RunRow, RunStore, export, open_store

if TYPE_CHECKING:
    from twin.cli.explaining import Explained


def list_runs(output: Output, where: str | None) -> None:
    """All runs, newest first."""
    try:
        with open_store(where, read_only=True) as store:
            rows = store.runs()
    except NoStoreError:
        rows = ()
    if output.as_json:
        output.result({"runs": [_described(row) for row in rows]})
    elif rows:
        heads = ("run", "scenario", "policy", "days", "net cost", "state", "started")
        output.table(heads, [_listed(row) for row in rows], "Runs")
    else:
        output.line("No runs yet; 'twin run lab_day' makes one.")


def verify_runs(output: Output, where: str | None) -> None:
    """Whether all runs are as they were written; raises StoreErrors that say where they are not."""
    from twin.runs.verification import integrity_faults, listed, verify

    with open_store(where, read_only=True) as store:
        spoilt = integrity_faults(store)
        runs = verify(store)
    good = [one.run for one in runs if not one.faults]
    advice = f"{listed(good)} can still be read" if good else "no run can be read"
    faults: list[TwinError] = [StoreError(store.name, fault, advice) for fault in spoilt]
    faults += [StoreError(store.name, f"run {one.run}: {fault}", advice) for one in runs for fault in one.faults]
    if faults:
        raise Errors(faults) if len(faults) > 1 else faults[0]
    if output.as_json:
        output.result(
            {"runs": [{"run": one.run, "rows": one.rows, "has_checksums": one.has_checksums} for one in runs]}
        )
        return
    output.line(f"{len(runs)} runs of {sum(one.rows for one in runs):,} rows are as they were written")
    if unknown := [one.run for one in runs if not one.has_checksums]:
        output.line(f"except that {listed(unknown)} can be read, but an earlier version wrote no checksums")


def show_run(output: Output, where: str | None, which: str, explain: bool = False) -> None:
    """One run's summary, and on demand what its boards' residuals cost."""
    with open_store(where, read_only=True) as store:
        row = store.run(which)
        explained = _explained(store, row) if explain else None
    if output.as_json:
        found = _described(row) | (run_json(row) if row.summary else {})
        output.result(found | ({"explained": explained._asdict()} if explained else {}))
        return
    rows = run_rows(row)
    if explained:
        from twin.cli.explaining import explained_rows

        rows += explained_rows(explained, row.header.currency)
    output.table(("", ""), rows, f"Run {row.id}: {row.header.scenario} under {row.header.policy}")
    if row.failure is not None:
        output.line(row.failure)


def _explained(store: RunStore, row: RunRow) -> "Explained":
    from twin.cli.explaining import explain

    return explain(store, row)


def export_run(output: Output, where: str | None, which: str, file: Path, table: str | None) -> None:
    """One run's table as a file."""
    with open_store(where, read_only=True) as store:
        row = store.run(which)
        export(store, row.id, file, table)
    if output.as_json:
        output.result({"run": row.id, "file": str(file)})
    else:
        output.line(f"Run {row.id} written to {file}")


def delete_run(output: Output, where: str | None, which: str) -> None:
    """One run, gone."""
    with open_store(where) as store:
        row = store.run(which)
        store.delete(row.id)
    if output.as_json:
        output.result({"run": row.id, "deleted": True})
    else:
        output.line(f"Run {row.id} deleted")


def _described(row: RunRow) -> dict[str, object]:
    header = row.header
    return {
        "run": row.id,
        "scenario": header.scenario,
        "policy": header.policy,
        "currency": header.currency,
        "state": row.state,
        "days": header.days,
        "ticks": header.ticks,
        "progress": row.progress,
        "started_s": row.started_s,
        "failure": row.failure,
        "net_cost": summary_of(row).get("net_cost"),
        "group": header.group,
    }


def _listed(row: RunRow) -> tuple[str, ...]:
    header, summary = row.header, summary_of(row)
    cost = Scale(header.currency, 1.0, 2).text(summary["net_cost"]) if summary else "–"
    started = datetime.fromtimestamp(row.started_s, UTC).astimezone().strftime("%m-%d %H:%M")
    return str(row.id), header.scenario, header.policy, str(header.days), cost, row.state, started
