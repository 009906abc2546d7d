#!/usr/bin/env python3
"""check.py [ROOT]: holds every C++ source of the tree against rules.py; exit 1 and a line a finding."""

import sys
from pathlib import Path

from rules import RULES
from sources import sources


def findings(root: Path) -> list[str]:
    return [
        f"{source.path}:{line}: {what} [{rule.__name__}]"
        for source in sources(root)
        for rule in RULES
        for source, line, what in rule(source)
    ]


def main() -> int:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
    read = len(sources(root))
    if read == 0:
        print(f"{root}: no sources found", file=sys.stderr)
        return 1
    found = findings(root)
    print("\n".join(found) if found else f"{read} sources keep the {len(RULES)} rules of the repository")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
