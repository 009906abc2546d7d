#!/usr/bin/env python3
"""What is shipped for Prometheus and Grafana, held against a recorded scrape and against promtool: the scrape keeps
the rules of metrics, the rules can be read and do what their tests say, and every expression of rules and dashboard
can be parsed and asks for metrics and labels that are there. Exit 77 where there is no promtool."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
MONITORING = ROOT / "etc/monitoring"
SCRAPE = (ROOT / "test/data/monitoring/scrape.txt").read_text()
# Made by Prometheus itself, or only there once something has happened (an alert, a device).
ELSEWHERE = {"up", "hil_alerts_active", "hil_http_requests_total", "hil_commands_total"}
LABELS_ELSEWHERE = {"instance", "job", "severity", "le"}


def promtool(*arguments: str, given: str | None = None) -> str:
    done = subprocess.run(["promtool", *arguments], input=given, capture_output=True, text=True)
    return "" if done.returncode == 0 else f"promtool {' '.join(arguments)}: {done.stdout}{done.stderr}"


def expressions() -> list[tuple[str, str]]:
    rules = (MONITORING / "hil-rules.yml").read_text()
    found = []
    for match in re.finditer(r"^ +expr: (?:>\n((?:(?! +\w+:).*\n)+)|(.*)\n)", rules, re.M):
        found.append(("hil-rules.yml", " ".join((match.group(1) or match.group(2)).split())))
    dashboard = json.loads((MONITORING / "grafana-dashboard.json").read_text())
    for panel in dashboard["panels"]:
        found += [(f"dashboard, {panel['title']}", target["expr"]) for target in panel["targets"]]
    return found


def check_names(where: str, expression: str) -> list[str]:
    problems = []
    series: dict[str, set[str]] = {}
    for line in SCRAPE.splitlines():
        if match := re.match(r"([a-z_]+)(?:\{(.*)\})? ", line):
            series.setdefault(match.group(1), set()).update(re.findall(r"(\w+)=", match.group(2) or ""))
    for name, labels in re.findall(r"\b(hil_[a-z_]+)(?:\{([^}]*)\})?", expression):
        if name in ELSEWHERE:
            continue
        if name not in series:
            problems.append(f"{where}: {name} is in no recorded scrape")
            continue
        for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", labels):
            if label not in series[name] | LABELS_ELSEWHERE:
                problems.append(f"{where}: {name} has no label {label}")
    return problems


def main() -> int:
    if shutil.which("promtool") is None:
        print("promtool is not installed (package prometheus): nothing was checked")
        return 77
    problems = [promtool("check", "metrics", given=SCRAPE), promtool("check", "rules", str(MONITORING / "hil-rules.yml")),
                promtool("test", "rules", str(Path(__file__).parent / "rules_test.yml"))]
    found = expressions()
    for where, expression in found:
        problems += check_names(where, expression)
    with tempfile.TemporaryDirectory() as directory:
        parsed = Path(directory) / "expressions.yml"
        rules = [{"record": f"a:b:c{n}", "expr": e.replace("$instance", "a").replace("$plant", "b")}
                 for n, (_, e) in enumerate(found)]
        parsed.write_text(json.dumps({"groups": [{"name": "all", "rules": rules}]}))  # JSON is YAML
        problems.append(promtool("check", "rules", str(parsed)))
    for anchor in set(re.findall(r'runbook: "docs/runbook.md#([a-z-]+)"', (MONITORING / "hil-rules.yml").read_text())):
        headings = re.findall(r"^#+ (.*)$", (ROOT / "docs/runbook.md").read_text(), re.M)
        if anchor not in {re.sub(r"[^a-z0-9 -]", "", h.lower()).replace(" ", "-") for h in headings}:
            problems.append(f"docs/runbook.md has no heading for #{anchor}")
    problems = [p for p in problems if p]
    print("\n".join(problems) if problems else f"{len(found)} expressions, the scrape and the rules are sound")
    return 1 if problems or len(found) < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
