"""Prints the public headers, as an include line names them: all of them, or with a revision those that changed
since then or include, directly or not, what changed."""

import subprocess
import sys
from pathlib import Path

from sources import Source, sources


def included_as(source: Source) -> str:
    return source.path.removeprefix("lib/")


def public_headers(root: Path) -> list[Source]:
    return [s for s in sources(root) if s.path.endswith(".hpp") and s.path.startswith(("lib/", "plant_sim/"))]


def affected(headers: list[Source], changed: set[str]) -> list[Source]:
    """Those of the headers that are changed or reach a changed one by their includes."""
    users: dict[str, set[str]] = {}
    for header in headers:
        for include in header.includes:
            if include.quoted:
                users.setdefault(include.path, set()).add(included_as(header))
    reached = {included_as(h) for h in headers if h.path in changed}
    new = set(reached)
    while new:
        new = set().union(*(users.get(name, set()) for name in new)) - reached
        reached |= new
    return [h for h in headers if included_as(h) in reached]


def main() -> None:
    root = Path(__file__).resolve().parents[2]
    headers = public_headers(root)
    if len(sys.argv) > 1:
        listed = subprocess.run(
            ["git", "-c", "safe.directory=*", "diff", "--name-only", sys.argv[1], "--"],
            cwd=root, check=True, capture_output=True, text=True,
        )
        headers = affected(headers, set(listed.stdout.splitlines()))
    print("\n".join(included_as(h) for h in headers))


if __name__ == "__main__":
    main()
