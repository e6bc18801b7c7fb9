"""A user's own MicroPython image for the Pico, booted in the rp2040js emulator: 32-bit floats, USB, the real thing.

PICO_UF2 names the image (micropython.org/download/RPI_PICO), PICO_BOOTROM the chip's boot ROM of 16 kB
(b1.bin of github.com/raspberrypi/pico-bootrom-rp2040), without which no image starts.
"""

import csv
import json
import os
import pty
import subprocess
import sys
import time
import tty
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from vms import HERE, PATIENCE_S, ROOT, tool

from hil.firmware.protocol import decode

RAM_DISK = """
import os, sys
class Ram:
    def __init__(self, blocks): self.data = bytearray(blocks * 512)
    def readblocks(self, at, into): into[:] = memoryview(self.data)[at * 512:at * 512 + len(into)]
    def writeblocks(self, at, data): self.data[at * 512:at * 512 + len(data)] = data
    def ioctl(self, what, _): return len(self.data) // 512 if what == 4 else 512 if what == 5 else 0
ram = Ram(128)
os.VfsFat.mkfs(ram)
os.mount(os.VfsFat(ram), "/ram")
sys.path.insert(0, "/ram")
"""
TICK_S, TICKS = 2, 12
SCENARIO = f"""
currency: EUR
tick: {TICK_S} s
ticks_per_day: {TICKS}
start_day: 74000000
days: 1
unserved_price: 9 EUR/J
policy: rule
solar: {{kind: trace, file: trace.csv, column: solar, rated_power: 5 W}}
loads: [{{name: house}}]
demand: {{kind: trace, file: trace.csv, column: demand}}
storage: {{kind: supercapacitor, capacitance: 0.5 F, min_voltage: 1 V, max_voltage: 14 V, bus_voltage: 7 V,
           max_current: 0.2 A, series_resistance: 0.1 ohm}}
market: {{prices: {{kind: trace, file: trace.csv, import_column: dear, export_column: cheap}}}}
"""
BENCH = """
boards:
  - {{component: storage, port: "{port}", deadline: 1 s, stuck_ticks: 99,
      limits: {{power: 1.5 W, voltage: 15 V, current: 0.25 A, energy: 52 J}}}}
"""


@pytest.fixture
def pico(tmp_path: Path) -> Iterator[str]:
    """The path of an emulated Pico's serial port."""
    missing = [name for name in ("PICO_UF2", "PICO_BOOTROM") if not os.environ.get(name)]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not set: no MicroPython image or boot ROM for the RP2040 to boot")
    subprocess.run([tool("npm"), "install", "--prefix", str(tmp_path), "rp2040js@1.4.1"], check=True, timeout=120)
    images = [os.environ["PICO_UF2"], os.environ["PICO_BOOTROM"]]
    theirs, ours = pty.openpty()
    tty.setraw(ours)
    with (tmp_path / "rp2040.log").open("wb") as log:
        chip = subprocess.Popen(
            [tool("node"), str(HERE / "rp2040.mjs"), *images],
            stdin=theirs,
            stdout=theirs,
            stderr=log,
            env={**os.environ, "RP2040JS_FROM": f"{tmp_path}/"},
        )
    os.close(theirs)
    try:
        # USB is enumerated in a second of the chip's.
        time.sleep(2.0)
        yield os.ttyname(ours)
    finally:
        chip.kill()
        chip.wait()
        os.close(ours)


def install(port: str, told: dict[str, Any], folder: Path) -> None:
    """Compile the firmware, copy it into the chip's memory (the emulator cannot write flash) and start it."""
    from mpremote.transport_serial import SerialTransport

    wire = SerialTransport(port, 115200)
    wire.enter_raw_repl(soft_reset=False)
    wire.exec(RAM_DISK)
    for name in ("/ram/hil", "/ram/hil/firmware"):
        wire.fs_mkdir(name)
    for file in sorted((ROOT / "hil" / "firmware").glob("*.py")):
        compiled = folder / f"{file.stem}.mpy"
        subprocess.run([tool("mpy-cross"), "-o", str(compiled), str(file)], check=True, timeout=PATIENCE_S)
        wire.fs_writefile(f"/ram/hil/firmware/{compiled.name}", compiled.read_bytes())
    wire.fs_writefile("/ram/hil/__init__.py", b"")
    wire.fs_writefile("/ram/board.json", json.dumps(told).encode())
    wire.exec("from hil.firmware import main")
    wire.exec_raw_no_follow("main.run('/ram/board.json')")
    wire.close()


def write_trace(path: Path) -> None:
    """Sun in the first half, demand in the second, two days: the rule must store and give back."""
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["time", "solar [W]", "demand [W]", "dear [EUR/J]", "cheap [EUR/J]"])
        for number in range(2 * TICKS):
            at = datetime.fromtimestamp((74000000 * TICKS + number) * TICK_S, UTC)
            sunny = number % TICKS < TICKS // 2
            rows.writerow([at.isoformat(), 1.3 if sunny else 0.0, 0.3 if sunny else 0.8, 1.0, 0.1])


@pytest.mark.slow
def test_a_scenario_runs_against_a_pico(pico: str, tmp_path: Path) -> None:
    install(pico, {"name": "storage", "role": "storage", "hal": "sim"}, tmp_path)
    write_trace(tmp_path / "trace.csv")
    (tmp_path / "house.yaml").write_text(SCENARIO)
    (tmp_path / "bench.yaml").write_text(BENCH.format(port=pico))
    twin = [sys.executable, "-m", "twin"]
    store = ["--store", f"sqlite:///{tmp_path}/runs.sqlite"]
    command = [*twin, "run", str(tmp_path / "house.yaml"), "--hardware", str(tmp_path / "bench.yaml"), *store, "--json"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    number = str(json.loads(run.stdout)["run"])
    for name, options in (("ticks", []), ("frames", ["--table", "frame"])):
        out = str(tmp_path / f"{name}.csv")
        subprocess.run([*twin, "export", number, out, *options, *store], check=True, timeout=60)
    sources = [row["storage_source"] for row in rows_of(tmp_path / "ticks.csv")]
    assert sources.count("hardware") >= TICKS * 2 // 3
    # On a busy machine the emulator's clock runs slow: its powers are right whatever it takes for a second.
    frames = [
        decode(row["line"].encode()) for row in rows_of(tmp_path / "frames.csv") if row["line"].startswith("reading")
    ]
    powers_w = {int(str(frame.body["tick"])): float(str(frame.body["power_w"])) for frame in frames}
    assert [powers_w[tick] for tick in (2, 3, 4, 5)] == pytest.approx([-1.0] * 4, rel=0.05)
    assert powers_w[7] == pytest.approx(0.8, rel=0.05)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))
