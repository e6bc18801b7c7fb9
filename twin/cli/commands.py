"""The commands and their options; each hands over to the room that knows."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from twin.cli.output import Output

Action = Literal["show", "start", "stop", "hang", "garble", "restart"]
Overrun = Literal["catch_up", "skip", "slow", "stop"]
app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Run a small smart grid offline and learn what each policy costs.",
    epilog="Start with: twin compare lab_day",
)

ScenarioArgument = Annotated[str, typer.Argument(metavar="SCENARIO", help="A YAML file, or the name of a shipped one.")]
BenchArgument = Annotated[str, typer.Argument(metavar="BENCH", help="A bench file, or the name of a shipped one.")]
RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="A run's number, or 'last'.")]
Store = Annotated[
    str | None,
    typer.Option(
        metavar="URL", help="A file or a database URL; by default $TWIN_STORE, else a file in your data folder."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]
Days = Annotated[int | None, typer.Option(min=1, help="How many days, instead of the scenario's.")]
StartDay = Annotated[
    str | None, typer.Option(metavar="D", help="The first day: a number or a date, as in the scenario.")
]
Seed = Annotated[int | None, typer.Option(min=0, help="The root seed, instead of the scenario's.")]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change a key, as in storage.capacity=12kWh; may be repeated."),
]


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"twin {version('smart-grid-twin')}")
        raise typer.Exit


@app.callback()
def twin(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """A digital twin of a small smart grid."""


@app.command()
def scenarios(context: typer.Context, json: Json = False) -> None:
    """List the shipped scenarios."""
    from twin.cli.checking import list_scenarios

    list_scenarios(_output(context))


@app.command()
def check(context: typer.Context, scenario: ScenarioArgument, sets: Sets = None, json: Json = False) -> None:
    """Check a scenario and the files it names; all its errors are shown at once."""
    from twin.cli.checking import check_scenario

    check_scenario(_output(context), scenario, sets or [])


@app.command("import")
def import_(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="CSV files, also exports of Home Assistant or InfluxDB.")
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the scenario goes; by default FILE.yaml in this folder.")
    ] = None,
    currency: Annotated[str, typer.Option(help="A code of ISO 4217.")] = "EUR",
    timezone: Annotated[str, typer.Option(help="Of times without offset, and of the tariff.")] = "UTC",
    json: Json = False,
) -> None:
    """Look at measured data, say what is in them, and write a first scenario."""
    from twin.cli.importing import import_files

    import_files(_output(context), files, out, currency, timezone)


@app.command()
def run(
    context: typer.Context,
    scenario: ScenarioArgument,
    policy: Annotated[str | None, typer.Option(help="NAME or NAME:FORECASTER, instead of the scenario's.")] = None,
    days: Days = None,
    start_day: StartDay = None,
    seed: Seed = None,
    sets: Sets = None,
    store: Store = None,
    hardware: Annotated[
        str | None, typer.Option(metavar="BENCH", help="Boards in the place of models: a bench file, or 'virtual'.")
    ] = None,
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Start on the models of boards that are not there.")
    ] = False,
    speed: Annotated[float | None, typer.Option(min=0.001, help="Pace the run at this multiple of real time.")] = None,
    overrun: Annotated[
        Overrun, typer.Option(help="When a tick takes longer than a tick: catch up, skip ticks, slow down, or stop.")
    ] = "catch_up",
    wire: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write every byte to and from the boards there.")
    ] = None,
    json: Json = False,
) -> None:
    """Run a scenario under one policy and record it."""
    from twin.cli.running import run_hardware, run_scenario
    from twin.scenario.request import Request

    request = Request(scenario, days, start_day, seed, tuple(sets or ()))
    if hardware is None:
        run_scenario(_output(context), request, policy, store, speed, overrun)
        return
    from twin.cli.benches import hookup

    run_hardware(_output(context), request, policy, store, hookup(hardware, speed, overrun, allow_missing, wire))


@app.command()
def compare(
    context: typer.Context,
    scenario: ScenarioArgument,
    policies: Annotated[
        str | None, typer.Option(metavar="P,P,…", help="Which policies, instead of the usual five.")
    ] = None,
    days: Days = None,
    start_day: StartDay = None,
    seed: Seed = None,
    sets: Sets = None,
    store: Store = None,
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a self-contained HTML page.")] = None,
    json: Json = False,
) -> None:
    """Price several policies on one realised trace. A list of values in --set gives a row each."""
    from twin.cli.comparing import compare_policies
    from twin.scenario.request import Request

    request = Request(scenario, days, start_day, seed, tuple(sets or ()))
    compare_policies(_output(context), request, policies, store, plot)


@app.command()
def forecast(
    context: typer.Context,
    scenario: ScenarioArgument,
    days: Days = None,
    start_day: StartDay = None,
    sets: Sets = None,
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a self-contained HTML page.")] = None,
    json: Json = False,
) -> None:
    """Have all forecasters foretell a scenario's days, and show how far off they were and what that cost."""
    from twin.cli.forecasting import show_league
    from twin.scenario.request import Request

    show_league(_output(context), Request(scenario, days, start_day, None, tuple(sets or ())), plot)


@app.command()
def train(
    context: typer.Context,
    scenario: ScenarioArgument,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the population goes, as .npz.")],
    start_day: StartDay = None,
    seed: Seed = None,
    sets: Sets = None,
    json: Json = False,
) -> None:
    """Evolve nets on a scenario's history and keep them; a scenario uses them where it names the file."""
    from twin.cli.training import train_population
    from twin.scenario.request import Request

    train_population(_output(context), Request(scenario, None, start_day, seed, tuple(sets or ())), out)


@app.command()
def runs(
    context: typer.Context,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read every row, and say whether all is as it was written.")
    ] = False,
    store: Store = None,
    json: Json = False,
) -> None:
    """List the recorded runs, newest first."""
    from twin.cli.recorded import list_runs, verify_runs

    (verify_runs if verify else list_runs)(_output(context), store)


@app.command()
def show(
    context: typer.Context,
    run: RunArgument,
    explain: Annotated[
        bool, typer.Option("--explain", help="Run the models again, to tell what the boards' residuals cost.")
    ] = False,
    store: Store = None,
    json: Json = False,
) -> None:
    """Show what a run came to."""
    from twin.cli.recorded import show_run

    show_run(_output(context), store, run, explain)


@app.command()
def export(
    context: typer.Context,
    run: RunArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; .csv or .parquet.")],
    table: Annotated[str | None, typer.Option(metavar="NAME", help="A side table instead of the ticks.")] = None,
    store: Store = None,
    json: Json = False,
) -> None:
    """Write a run's ticks, or one of its side tables, to a CSV or Parquet file."""
    from twin.cli.recorded import export_run

    export_run(_output(context), store, run, file, table)


@app.command()
def resume(context: typer.Context, run: RunArgument, store: Store = None, json: Json = False) -> None:
    """Go on with a run that was interrupted, as if it had never stopped."""
    from twin.cli.running import resume_run

    resume_run(_output(context), store, run)


@app.command()
def delete(context: typer.Context, run: RunArgument, store: Store = None, json: Json = False) -> None:
    """Delete a run and all of its rows."""
    from twin.cli.recorded import delete_run

    delete_run(_output(context), store, run)


@app.command()
def dash(
    context: typer.Context,
    store: Store = None,
    host: Annotated[str, typer.Option(metavar="H", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="P", min=0, max=65535, help="The port; 0 takes a free one.")] = 8050,
    token: Annotated[
        str | None,
        typer.Option(envvar="TWIN_TOKEN", help="Without it nobody may change anything; $TWIN_TOKEN as well."),
    ] = None,
    keep_days: Annotated[float | None, typer.Option(min=0, help="Delete runs that ended longer ago.")] = None,
    json: Json = False,
) -> None:
    """Look at runs, start them and watch them, in a browser."""
    from twin.cli.dashing import Listening, open_dashboard

    open_dashboard(_output(context), store, Listening(host, port, token, keep_days))


@app.command()
def boards(
    context: typer.Context,
    bench: BenchArgument,
    action: Annotated[
        Action, typer.Argument(help="What to do with virtual boards, for a rehearsal; without, start and show them.")
    ] = "show",
    board: Annotated[str | None, typer.Argument(metavar="BOARD", help="Only this one.")] = None,
    install: Annotated[bool, typer.Option("--install", help="Copy the firmware to the boards.")] = False,
    json: Json = False,
) -> None:
    """Start a bench's virtual boards and show who answers on all of them."""
    from twin.cli import benches

    if install:
        benches.install(_output(context), bench)
    else:
        benches.boards(_output(context), bench, action, board)


@app.command()
def stop(context: typer.Context, bench: BenchArgument, json: Json = False) -> None:
    """Stop all boards of a bench safely, and the run that uses them."""
    from twin.cli import benches

    benches.stop(_output(context), bench)


def _output(context: typer.Context) -> Output:
    output: Output = context.obj
    return output
