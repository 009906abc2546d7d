"""Reads recordings and plans by their published format alone."""

import csv
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

HEADER = ("timestamp,p_setpoint_kw,battery_active_power_kw,q_setpoint_kvar,battery_reactive_power_kvar,soc_pu,"
          "p_poi_kw,q_poi_kvar,v_poi_kV")
ZONE = ZoneInfo("Europe/Madrid")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?[+-]\d\d:\d\d")


@dataclass(frozen=True)
class Row:
    at: datetime  # UTC
    values: tuple | None  # none: a null row

    @property
    def p_setpoint(self):
        return self.values[0]

    @property
    def p_battery(self):
        return self.values[1]

    @property
    def q_setpoint(self):
        return self.values[2]

    @property
    def soc(self):
        return self.values[4]


def parse_line(line):
    """A whole line without its end; raises ValueError with the line when it is not a row."""
    cells = line.split(",")
    if len(cells) != 9 or not _TIME.fullmatch(cells[0]):
        raise ValueError(f"not a row: {line!r}")
    at = datetime.fromisoformat(cells[0])
    local = at.astimezone(ZONE)
    if local.utcoffset() != at.utcoffset():
        raise ValueError(f"not an offset of {ZONE.key} at that time: {line!r}")
    if not any(cells[1:]):
        return Row(at.astimezone(timezone.utc), None)
    return Row(at.astimezone(timezone.utc), tuple(float(c) for c in cells[1:]))


def split_lines(data):
    """The complete lines of a recording, and what follows the last line end."""
    *lines, tail = data.decode("utf-8").split("\n")
    return lines, tail


def read_file(path):
    """Every row of a recording; raises ValueError unless all of it is sound."""
    lines, tail = split_lines(path.read_bytes())
    if tail:
        raise ValueError(f"{path.name} ends in a torn line: {tail!r}")
    if not lines or lines[0] != HEADER:
        raise ValueError(f"{path.name} has no header")
    return [parse_line(line) for line in lines[1:]]


def files_of(directory, plant, suffix=""):
    return sorted(directory.glob(f"????????_{plant}{suffix}.csv"))


def read_all(directory, plant, suffix=""):
    """Every row of a plant, in the order of its files; raises ValueError when a row lies in the wrong file."""
    rows = []
    for path in files_of(directory, plant, suffix):
        for row in read_file(path):
            if row.at.astimezone(ZONE).strftime("%Y%m%d") != path.name[:8]:
                raise ValueError(f"{path.name} holds a row of {row.at.astimezone(ZONE)}")
            rows.append(row)
    return rows


def monotone(rows):
    """The first pair that is out of order, or none: a time has one row."""
    for before, after in zip(rows, rows[1:]):
        if after.at <= before.at:
            return before, after
    return None


def read_plan(path, plant):
    """[(instant in UTC, P, Q)] of a wide plan whose times carry their offset."""
    with open(path, newline="") as file:
        return [(datetime.fromisoformat(line["timestamp"]).astimezone(timezone.utc),
                 float(line[f"{plant}_p_kw"]), float(line[f"{plant}_q_kvar"])) for line in csv.DictReader(file)]


def write_plan(path, steps, columns=("lib_p_kw",)):
    """`steps`: (instant, value, …) each."""
    lines = ["timestamp," + ",".join(columns)]
    lines += [at.isoformat() + "," + ",".join(str(value) for value in values) for at, *values in steps]
    path.write_text("\n".join(lines) + "\n")
    return path


def local(text):
    """A local time of the zone, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(timezone.utc)


def seconds(count):
    return timedelta(seconds=count)
