"""The same plan simulated in memory and run over sockets gives the same series.

Both record every sample. At every instant further than two periods from a step of a setpoint, powers must be equal
and the state of charge within two counts.

usage: agreement.py HIL_SCHEDULER CONFIG PLAN FROM HOURS [SPEED]
"""

import csv
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
from datetime import datetime

PERIOD_S = 2
PLANTS = ("lib", "vrfb")
POWERS = ("p_setpoint_kw", "battery_active_power_kw", "q_setpoint_kvar", "battery_reactive_power_kvar",
          "p_poi_kw", "q_poi_kvar")
SOC_COUNT = 0.0001


def series(directory: pathlib.Path, plant: str) -> dict[datetime, dict[str, str]]:
    rows = {}
    for file in sorted(directory.glob(f"*_{plant}.csv")):
        with file.open(newline="") as lines:
            for row in csv.DictReader(lines):
                if row["soc_pu"]:
                    rows[datetime.fromisoformat(row["timestamp"])] = row
    return rows


def steps(rows: dict[datetime, dict[str, str]]) -> list[datetime]:
    times = sorted(rows)
    return [b for a, b in zip(times, times[1:])
            if any(rows[a][name] != rows[b][name] for name in ("p_setpoint_kw", "q_setpoint_kvar"))]


def compare(plant: str, simulated: dict, run: dict) -> int:
    if not simulated or not run:
        sys.exit(f"{plant}: nothing was recorded")
    changes = steps(simulated)
    wrong = 0
    compared = 0
    for at in sorted(simulated.keys() & run.keys()):
        while changes and (at - changes[0]).total_seconds() > 2 * PERIOD_S:
            changes.pop(0)
        near = changes and abs((at - changes[0]).total_seconds()) <= 2 * PERIOD_S
        a, b = simulated[at], run[at]
        differs = [] if near else [name for name in POWERS if float(a[name]) != float(b[name])]
        if abs(float(a["soc_pu"]) - float(b["soc_pu"])) > 2.01 * SOC_COUNT:
            differs.append("soc_pu")
        compared += 1
        for name in differs:
            wrong += 1
            if wrong <= 10:
                print(f"{plant} at {at.isoformat()}: {name} {a[name]} simulated, {b[name]} over sockets")
    only = len(simulated.keys() ^ run.keys())
    print(f"{plant}: {compared} instants compared, {wrong} differences, {only} instants in one of them only")
    # The ends may differ by the instant of the last sample.
    return wrong + max(0, only - 2)


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def main(program: str, config: str, plan: str, begin: str, hours: str, speed: str = "1440") -> int:
    environment = {**os.environ, "HIL_RECORDING__COMPRESSION__ENABLED": "false"}
    for plant in PLANTS:
        environment[f"HIL_PLANTS__{plant.upper()}__MODBUS__LOCAL__PORT"] = free_port()
    common = ["--config", config, "--schedule", plan, "--from", begin]
    with tempfile.TemporaryDirectory() as folder:
        simulated, run = pathlib.Path(folder, "simulated"), pathlib.Path(folder, "run")
        subprocess.run([program, "simulate", *common, "--faults", "none", "--days", str(float(hours) / 24),
                        "--data-dir", simulated], env=environment, check=True)
        subprocess.run([program, "run", *common, "--headless", "--duration", f"{hours}h", "--speed", speed,
                        "--data-dir", run], env={**environment, "HIL_GENERAL__LOG_DIR": f"{folder}/logs"},
                       check=True, stdout=subprocess.DEVNULL)
        return sum(compare(plant, series(simulated, plant), series(run, plant)) for plant in PLANTS)


if __name__ == "__main__":
    sys.exit(1 if main(*sys.argv[1:]) else 0)
