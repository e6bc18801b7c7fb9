import json

import numpy as np
import pytest

from twin.errors import ScenarioError
from twin.forecast.network import Shape, random_nets
from twin.forecast.populations import Population, fitting, load, save

SHAPE = Shape(2, (3,))
NETS = random_nets(SHAPE, 5, np.random.default_rng(1))
POPULATION = Population(("now", "level"), (3,), {"demand_w": NETS, "import_price": -NETS})


def written(path, **changes):
    """A file whose arrays were changed."""
    header = {"version": 1, "inputs": ["now", "level"], "hidden": [3]} | changes.pop("header", {})
    arrays = {"header": np.array(json.dumps(header)), "demand_w": NETS} | changes
    np.savez(path, **{name: values for name, values in arrays.items() if values is not None})


def test_a_population_is_read_as_it_was_written(tmp_path):
    save(tmp_path / "nets.npz", POPULATION)
    read = load(tmp_path / "nets.npz")
    assert (read.inputs, read.hidden) == (POPULATION.inputs, POPULATION.hidden)
    assert {name: nets.tolist() for name, nets in read.nets.items()} == {
        name: nets.tolist() for name, nets in POPULATION.nets.items()
    }


def test_the_same_population_is_the_same_file(tmp_path):
    for name in ("one", "two"):
        save(tmp_path / name, POPULATION)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"header": {"version": 2}}, "is of version 2; version 1 is wanted"),
        ({"header": {"hidden": [4]}}, r"demand_w: float64 of shape \(5, 13\); \(population, 17\)"),
        ({"header": {"hidden": "many"}}, "holds no population"),
        ({"header": np.zeros(2)}, "holds no population"),
        ({"demand_w": np.zeros((0, 13))}, r"shape \(0, 13\)"),
        ({"demand_w": np.full((5, 13), np.nan)}, "no weights"),
        ({"demand_w": np.full((5, 13), 1e300)}, "no weights"),
        ({"demand_w": np.array([{}], dtype=object)}, "holds no population"),
        ({"demand": NETS}, "holds nets of 'demand'; import_price, export_price, demand_w, solar_w are wanted"),
        ({"demand_w": None}, "holds nets of no series; import_price, export_price, demand_w, solar_w are wanted"),
    ],
    ids=["version", "shape", "no layers", "no header", "empty", "not finite", "huge", "pickle", "unknown", "none"],
)
def test_a_file_of_another_kind_is_refused(tmp_path, changes, told):
    path = tmp_path / "nets.npz"
    if isinstance(changes.get("header"), np.ndarray):
        np.savez(path, header=changes["header"])
    else:
        written(path, **changes)
    with pytest.raises(ScenarioError, match=told):
        load(path)


@pytest.mark.parametrize("kept", [0, 1, 10, 200, 0.5, 0.9])
def test_a_truncated_file_is_refused(tmp_path, kept):
    path = tmp_path / "nets.npz"
    save(path, POPULATION)
    whole = path.read_bytes()
    path.write_bytes(whole[: kept if isinstance(kept, int) else int(kept * len(whole))])
    with pytest.raises(ScenarioError, match=r"nets.npz: holds no population; a file that 'twin train' has written"):
        load(path)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ScenarioError, match="No such file"):
        load(tmp_path / "none.npz")


@pytest.mark.parametrize(("inputs", "hidden"), [(("now",), (3,)), (("level", "now"), (3,)), (("now", "level"), (3, 3))])
def test_a_population_of_other_nets_is_refused(inputs, hidden):
    with pytest.raises(ScenarioError, match="population: its nets have the inputs now, level and hidden layers of"):
        fitting(POPULATION, inputs, hidden)
