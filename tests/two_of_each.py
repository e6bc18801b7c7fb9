"""A house with two arrays and two batteries that differ in all that a cost depends on."""

from pathlib import Path

SCENARIO = """
currency: USD
tick: 15 min
ticks_per_day: 96
start_day: 2023-06-05
days: {days}
history_days: 2
timezone: America/New_York
unserved_price: 10 USD/kWh
solar:
  - {{name: east, kind: pvlib, weather: greensboro, tilt: 35 deg, azimuth: 90 deg, rated_power: 3 kW}}
  - {{name: west, kind: pvlib, weather: greensboro, tilt: 35 deg, azimuth: 270 deg, rated_power: 2 kW}}
loads:
  - {{name: house}}
demand: {{kind: profile, profile: h0, annual_energy: 12000 kWh}}
storage:
  - {{name: old, kind: battery, capacity: 3 kWh, charge_efficiency: 90 %, discharge_efficiency: 85 %,
     max_charge_power: 1 kW, max_discharge_power: 1 kW, wear_cost: 0.01 USD/kWh}}
  - {{name: new, kind: battery, capacity: 8 kWh, charge_efficiency: 96 %, discharge_efficiency: 97 %,
     max_charge_power: 4 kW, max_discharge_power: 4 kW, wear_cost: 0.04 USD/kWh}}
market:
  import_limit: 15 kW
  export_limit: 6 kW
  prices:
    kind: tariff
    import:
      - {{from: 18:00, to: 21:00, price: 0.27 USD/kWh}}
      - {{from: 21:00, to: 18:00, price: 0.13 USD/kWh}}
    export: 0.03 USD/kWh
"""


def written(folder: Path, days: int = 2) -> str:
    """The scenario's file."""
    path = folder / "two_of_each.yaml"
    path.write_text(SCENARIO.format(days=days))
    return str(path)
