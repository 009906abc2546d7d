"""Many plants in one process: memory, processor time, lateness, start and stop.

    scale.py CHECKOUT... [--plants N,N…] [--seconds S] [--json FILE] [--cpu N]

Each CHECKOUT has build/release/hil_scheduler and etc/hil.json. They run in turn, one at a time, on the same CPU, each
with its own shipped configuration of the first plant as often as asked for: emulators, dispatch, sampling and CSV,
all periods 1 s. Memory of a plant is what each one beyond two adds.
"""

import argparse
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import time


def read_commented(path):
    text = path.read_text()
    text = re.sub(r'("(?:[^"\\]|\\.)*")|//[^\n]*', lambda m: m.group(1) or "", text)
    return json.loads(re.sub(r",(\s*[}\]])", r"\1", text))


def configuration(checkout, plants, directory):
    config = read_commented(checkout / "etc/hil.json")
    for section in ("$schema", "istentore_api", "dashboard"):
        config.pop(section, None)
    for period in ("scheduler_period_s", "plant_period_s", "measurement_period_s"):
        config["timing"][period] = 1
    config["general"].update(data_dir=f"{directory}/data", log_dir=f"{directory}/logs")
    model = next(iter(config["plants"].values()))
    model.pop("measurement_series", None)
    config["plants"] = {}
    for i in range(plants):
        plant = json.loads(json.dumps(model))
        plant["name"] = f"P{i}"
        plant["modbus"]["local"].update(host="127.0.0.1", port=20000 + i)
        plant["modbus"]["remote"].update(host=f"10.9.{i // 250}.{1 + i % 250}", port=502)
        config["plants"][f"p{i}"] = plant
    file = pathlib.Path(directory) / "scale.json"
    file.write_text(json.dumps(config))
    return file


def used(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    stat = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    tick = os.sysconf("SC_CLK_TCK")
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)), (int(stat[11]) + int(stat[12])) / tick


def run(checkout, plants, seconds, cpu):
    with tempfile.TemporaryDirectory() as directory:
        config = configuration(checkout, plants, directory)
        command = [str(checkout / "build/release/hil_scheduler"), "run", "--headless", "--config", str(config)]
        if cpu is not None:
            command = ["taskset", "-c", str(cpu)] + command
        out_path = pathlib.Path(directory) / "out"
        with open(out_path, "w") as out:
            began = time.monotonic()
            process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
            running = None
            while process.poll() is None and time.monotonic() - began < 120:
                if len(re.findall(r" runs at ", out_path.read_text())) >= plants:
                    running = time.monotonic() - began
                    break
                time.sleep(0.1)
            if running is None:
                process.kill()
                sys.exit(f"{checkout}: {plants} plants did not all run:\n{out_path.read_text()[-2000:]}")
            time.sleep(3)
            _, before = used(process.pid)
            measured = time.monotonic()
            time.sleep(seconds)
            memory, after = used(process.pid)
            cores = (after - before) / (time.monotonic() - measured)
            stopping = time.monotonic()
            process.terminate()
            process.wait(180)
            stopped = time.monotonic() - stopping
        text = out_path.read_text()
        skipped = [int(n.replace(" ", "")) for n in re.findall(r", ([\d ]+) skipped, worst", text)]
        lateness = [float(n) for n in re.findall(r"worst lateness ([\d.]+) ms", text)]
        return {
            "plants": plants,
            "memory_kb": memory,
            "cores": cores,
            "start_s": running,
            "stop_s": stopped,
            "status": process.returncode,
            "skipped": sum(skipped),
            "worst_lateness_ms": max(lateness, default=None),
        }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("checkouts", nargs="+", type=pathlib.Path)
    parser.add_argument("--plants", default="2,200,1000")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--cpu", type=int)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    out = []
    print(f"{'':24} {'plants':>7} {'kB each':>8} {'cores':>7} {'start s':>8} {'stop s':>7} {'skipped':>8} {'worst ms':>9}")
    counts = [int(n) for n in options.plants.split(",")]
    least = {}
    for plants in sorted({2, *counts}):
        for checkout in options.checkouts:
            one = run(checkout, plants, options.seconds, options.cpu)
            least.setdefault(checkout, one["memory_kb"])
            if plants > 2:
                one["kb_a_plant"] = (one["memory_kb"] - least[checkout]) / (plants - 2)
            one["checkout"] = str(checkout)
            out.append(one)
            each = f"{one['kb_a_plant']:8.1f}" if plants > 2 else f"{'':8}"
            late = one["worst_lateness_ms"]
            print(
                f"{checkout.name or str(checkout):24.24} {plants:7} {each} {one['cores']:7.3f} {one['start_s']:8.1f}"
                f" {one['stop_s']:7.1f} {one['skipped']:8.0f} {late if late is None else round(late, 1):>9}",
                flush=True,
            )
    if options.json:
        options.json.write_text(json.dumps(out, indent=1) + "\n")


main()
