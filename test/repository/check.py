#!/usr/bin/env python3
"""check.py [ROOT]: holds every C++ source of the tree against rules.py; exit 1 and a line a finding."""

import sys
from pathlib import Path

from rules import RULES, TREE_RULES
from sources import sources


def findings(root: Path) -> list[str]:
    read = sources(root)
    found = [(rule, one) for source in read for rule in RULES for one in rule(source)]
    found += [(rule, one) for rule in TREE_RULES for one in rule(read)]
    return [f"{source.path}:{line}: {what} [{rule.__name__}]" for rule, (source, line, what) in found]


def main() -> int:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
    read = len(sources(root))
    if read == 0:
        print(f"{root}: no sources found", file=sys.stderr)
        return 1
    found = findings(root)
    print("\n".join(found) if found else f"{read} sources keep the {len(RULES) + len(TREE_RULES)} rules of the repository")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
