import csv
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from dashboards.app import make_app
from dashboards.house import House
from dashboards.settings import Settings
from twin.runs import open_store
from twin.scenario import simulate
from twin.scenario.schema import SHIPPED


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two days under the rule, and the same planned."""
    path = tmp_path_factory.mktemp("api") / "runs.sqlite"
    with open_store(str(path)) as opened:
        for policy in ("rule", "milp:mean5"):
            simulate("lab_day", policy=policy, sets=["days=2"], store=opened)
    return path


@pytest.fixture
def store(two_runs: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(two_runs, tmp_path))


@pytest.fixture
def house(store: Path) -> Iterator[House]:
    house = House(Settings(str(store), SHIPPED))
    yield house
    house.jobs.stop()


@pytest.fixture
def client(house: House) -> TestClient:
    return TestClient(make_app(house), "http://localhost")


def guarded(store: Path, host: str, token: str | None) -> TestClient:
    return TestClient(make_app(House(Settings(str(store), SHIPPED, host, token=token))), "http://localhost")


def test_runs_are_listed_newest_first(client: TestClient) -> None:
    answer = client.get("/api/runs").json()
    assert answer["total"] == 2
    assert [run["policy"] for run in answer["runs"]] == ["milp:mean5", "rule"]
    assert answer["runs"][0]["net_cost"] < answer["runs"][1]["net_cost"]


def test_runs_come_in_pages_and_by_state(client: TestClient) -> None:
    assert [run["run"] for run in client.get("/api/runs?limit=1&offset=1").json()["runs"]] == [1]
    assert client.get("/api/runs?state=failed").json() == {"total": 0, "runs": []}


def test_a_run_tells_its_scenario_and_summary(client: TestClient) -> None:
    run = client.get("/api/runs/last").json()
    assert run["run"] == 2
    assert run["overrides"] == {"days": "2"}
    assert run["text"].startswith("# One day on the lab's bench")
    assert run["summary"]["ticks"] == 120


def test_a_failed_run_tells_why(client: TestClient, store: Path) -> None:
    assert client.get("/api/runs/2").json()["failure"] is None
    with open_store(str(store)) as opened:
        opened.finish(2, "failed", None, "sun: no answer")
    assert client.get("/api/runs/2").json()["failure"] == "sun: no answer"
    assert [run["failure"] for run in client.get("/api/runs").json()["runs"]] == ["sun: no answer", None]


def test_all_pages_of_ticks_together_are_the_run(client: TestClient) -> None:
    found, following = [], 0
    while following is not None:
        page = client.get(f"/api/runs/1/ticks?columns=cost&limit=50&from={following}").json()
        found += page["columns"]["tick"]
        following = page["next"]
    assert found == list(range(120))


def test_a_long_run_comes_in_few_rows_without_losing_a_peak(client: TestClient) -> None:
    all_of_it = client.get("/api/runs/2/ticks?columns=cost").json()["columns"]["cost"]
    page = client.get("/api/runs/2/ticks?columns=cost,reason&points=10").json()
    assert page["next"] is None
    assert len(page["columns"]["tick"]) == len(page["columns"]["reason"]) == 10
    assert (min(page["columns"]["cost"]), max(page["columns"]["cost"])) == (min(all_of_it), max(all_of_it))


def test_columns_of_components_can_be_asked_for(client: TestClient) -> None:
    columns = client.get("/api/runs/1/ticks?columns=load1_j,load1_source,reason&to=2").json()["columns"]
    assert list(columns) == ["tick", "load1_j", "load1_source", "reason"]
    assert columns["load1_source"] == ["model", "model"]


def test_what_is_missing_is_null_and_never_nan(client: TestClient) -> None:
    text = client.get("/api/runs/1/ticks").text
    assert json.loads(text, parse_constant=pytest.fail)["columns"]["shadow_price"][0] is None


def test_csv_holds_the_same_numbers(client: TestClient) -> None:
    answer = client.get("/api/runs/2/ticks?format=csv&columns=cost,shadow_price&limit=10")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    columns = client.get("/api/runs/2/ticks?columns=cost,shadow_price&limit=10").json()["columns"]
    assert [float(row["cost"]) for row in rows] == columns["cost"]
    assert answer.headers["x-next"] == "10"


def test_the_logs_add_up_to_the_summary(client: TestClient) -> None:
    summary = client.get("/api/runs/2").json()["summary"]
    energy = client.get("/api/runs/2/energy-log").json()["days"]
    trade = client.get("/api/runs/2/trade-log").json()["days"]
    assert len(energy) == len(trade) == 2
    assert sum(day["used_j"] for day in energy) == pytest.approx(-summary["load_j"])
    assert sum(day["produced_j"] for day in energy) == pytest.approx(summary["solar_j"])
    assert sum(day["bought_j"] for day in trade) == pytest.approx(summary["import_j"])
    assert sum(day["earnings"] for day in trade) == pytest.approx(-summary["cost"])


@pytest.mark.parametrize(
    ("path", "status", "where", "got"),
    [
        ("/api/runs/9", 404, "runs.sqlite", "there is no run 9"),
        ("/api/runs/nine", 422, "path.run", "'nine'"),
        ("/api/runs/1/ticks?columns=cost,nix", 404, "runs.sqlite", "has no column nix"),
        ("/api/runs/1/ticks?columns=cost,;drop table run", 404, "runs.sqlite", "has no column ;drop table run"),
        ("/api/runs/1/ticks?limit=10001", 422, "query.limit", "'10001'"),
        ("/api/runs/1/ticks?from=-1", 422, "query.from", "'-1'"),
        ("/api/nix", 404, "/api/nix", "there is no such thing"),
    ],
)
def test_what_cannot_be_answered_says_why(client: TestClient, path: str, status: int, where: str, got: str) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert where in answer.json()["error"]["where"]
    assert got in answer.json()["error"]["got"]


def test_a_run_is_started_checked_and_deleted(client: TestClient, house: House) -> None:
    answer = client.post(
        "/api/runs", json={"scenario": "lab_day", "policy": "rule", "sets": ["storage.max_voltage=10 V"]}
    )
    assert answer.status_code == 201
    run = answer.json()["run"]
    house.jobs.wait(run)
    assert client.get(f"/api/runs/{run}").json()["overrides"] == {"storage.max_voltage": "10 V"}
    assert client.delete(f"/api/runs/{run}").status_code == 204
    assert client.get(f"/api/runs/{run}").status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "got"),
    [
        ({"scenario": "../../etc/passwd"}, 422, "'../../etc/passwd'"),
        ({"scenario": "nowhere"}, 404, "there is none by the name nowhere"),
        ({"scenario": "lab_day", "policy": "clever"}, 422, "'clever' is no policy"),
        ({"scenario": "lab_day", "days": 0}, 422, "0"),
        ({"scenario": "lab_day", "days": "3"}, 422, "'3'"),
        ({"scenario": "lab_day", "days": 100_000}, 422, "100000 days are 6000000 ticks"),
        ({"scenario": "lab_day", "sets": ["days=100000"]}, 422, "100000 days are 6000000 ticks"),
        ({"scenario": "lab_day", "sets": ["ticks_per_day=86400", "days=7"]}, 422, ""),
        ({"scenario": "lab_day", "seed": "1"}, 422, "'1'"),
        ({"scenario": "lab_day", "seed": 1.5}, 422, "1.5"),
        ({"scenario": "lab_day", "seed": True}, 422, "True"),
        ({"scenario": "lab_day", "sets": "days=2"}, 422, "'days=2'"),
        ({"scenario": "lab_day", "sets": ["storage.capacitance=2 J"]}, 422, "is an energy"),
        ({"scenario": "household_csv", "sets": ["solar.file=/etc/passwd"]}, 422, "names the file passwd"),
        ({"scenario": "lab_day", "speed": 2}, 422, "2"),
    ],
)
def test_a_wrong_start_is_refused_before_it_begins(client: TestClient, body: object, status: int, got: str) -> None:
    answer = client.post("/api/runs", json=body)
    assert answer.status_code == status
    assert got in answer.json()["error"]["got"]
    assert client.get("/api/runs").json()["total"] == 2


def test_writing_needs_the_token_where_there_is_one(store: Path) -> None:
    client = guarded(store, "127.0.0.1", "secret")
    assert client.delete("/api/runs/1").status_code == 401
    assert client.delete("/api/runs/1", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client.get("/api/runs/1").status_code == 200
    assert client.delete("/api/runs/1", headers={"Authorization": "Bearer secret"}).status_code == 204


def test_beyond_this_machine_nothing_is_written_without_a_token(store: Path) -> None:
    client = guarded(store, "0.0.0.0", None)
    assert client.get("/api/runs/1", headers={"Host": "lab.example"}).status_code == 200
    assert client.delete("/api/runs/1").json()["error"]["got"] == "this server is read-only"


def test_another_sites_name_for_this_machine_is_turned_away(client: TestClient) -> None:
    assert client.get("/api/runs", headers={"Host": "evil.example"}).status_code == 400


def test_a_form_of_another_site_starts_nothing(client: TestClient) -> None:
    answer = client.post("/api/runs", content='{"scenario": "lab_day"}', headers={"Content-Type": "text/plain"})
    assert answer.status_code == 422


FOREIGN = {
    "origin": {"Origin": "http://evil.example"},
    "sandbox": {"Origin": "null"},
    "no origin": {"Origin": "http://[evil"},
    "another port": {"Origin": "http://localhost:8051"},
    "cross-site": {"Sec-Fetch-Site": "cross-site"},
    "same-site": {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
}
WRITES = [
    ("POST", "/api/runs"),
    ("POST", "/api/runs/1/cancel"),
    ("POST", "/api/runs/1/resume"),
    ("DELETE", "/api/runs/1"),
    ("PUT", "/api/runs/1"),
    ("PATCH", "/api/runs/1"),
    ("POST", "/_dash-update-component"),
]


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize("sent", FOREIGN.values(), ids=FOREIGN)
def test_a_write_of_another_sites_page_is_refused(
    client: TestClient, method: str, path: str, sent: dict[str, str]
) -> None:
    answer = client.request(method, path, headers=sent)
    assert answer.status_code == 403
    assert answer.json()["error"]["got"] == "was sent by a page of another site"
    assert client.get("/api/runs").json()["total"] == 2


@pytest.mark.parametrize("sent", FOREIGN.values(), ids=FOREIGN)
def test_another_sites_page_may_be_a_link_to_this_one(client: TestClient, sent: dict[str, str]) -> None:
    assert client.get("/api/runs", headers=sent).status_code == 200


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"Origin": "http://localhost"},
        {"Origin": "https://localhost", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_a_write_of_an_own_page_or_a_program_is_done(client: TestClient, sent: dict[str, str]) -> None:
    assert client.delete("/api/runs/1", headers=sent).status_code == 204


def test_a_web_socket_of_another_sites_page_is_refused(client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect) as refused, client.websocket_connect("/", headers=FOREIGN["origin"]):
        pytest.fail("was accepted")
    assert refused.value.code == 1008


def test_an_empty_token_is_no_token(store: Path) -> None:
    assert guarded(store, "127.0.0.1", "").delete("/api/runs/1").status_code == 204
    assert guarded(store, "0.0.0.0", "").delete("/api/runs/2").json()["error"]["got"] == "this server is read-only"


def test_no_other_site_may_frame_a_page_or_take_its_forms(client: TestClient) -> None:
    policy = client.get("/api/runs").headers["content-security-policy"]
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy


def test_a_body_that_is_too_large_is_not_read(client: TestClient) -> None:
    assert client.post("/api/runs", content=b"x" * 3_000_000).status_code == 413


def test_a_method_that_a_path_does_not_know_is_refused_in_the_same_form(client: TestClient) -> None:
    answer = client.put("/api/runs/1")
    assert answer.status_code == 405
    assert answer.json()["error"]["got"] == "Method Not Allowed"


@pytest.mark.parametrize("method", ["PUT", "TRACE", "OPTIONS"])
@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/runs", "GET, POST"),
        ("/api/runs/1", "GET, DELETE"),
        ("/api/runs/1/cancel", "POST"),
        ("/docs", "GET"),
        ("/openapi.json", "GET, HEAD"),
        ("/_dash-update-component", "POST"),
        ("/", "GET"),
    ],
)
def test_a_refused_method_is_answered_with_those_that_are_allowed(
    client: TestClient, method: str, path: str, allowed: str
) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize(
    "path",
    [
        "/_dash-component-suites/dash/..%2fdash.py",
        "/_dash-component-suites/..%2fdash/dash.py",
        "/_dash-component-suites/dash/nothing.js",
        "/_dash-component-suites/os/path.py",
        "/assets/..%2fapp.py",
        "/assets/%00",
    ],
)
def test_a_file_that_there_is_not_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_store_that_is_not_there_yet_has_no_runs(tmp_path: Path) -> None:
    client = guarded(tmp_path / "none.sqlite", "127.0.0.1", None)
    assert client.get("/healthz").json() == {"status": "ok", "runs": 0, "under_way": []}
    assert client.get("/api/runs/last").status_code == 404


def test_the_description_and_its_page_need_no_internet(client: TestClient) -> None:
    assert "/api/runs/{run}/ticks" in client.get("/openapi.json").json()["paths"]
    page = client.get("/docs").text
    assert "://" not in page.replace("http://localhost", "")


def test_old_runs_are_forgotten_but_not_young_ones(store: Path) -> None:
    assert House(Settings(str(store), SHIPPED, keep_days=1.0)).forget() == []
    assert House(Settings(str(store), SHIPPED, keep_days=0.0)).forget() == [2, 1]
