"""The C++ sources of a tree, read for what the rules of this repository ask about."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FOLDERS = ("lib", "app", "plant_sim", "cmake", "test")
SUFFIXES = (".hpp", ".cpp", ".h", ".cc")

_TOKENS = re.compile(
    r'''//[^\n]*
      | /\*.*?\*/
      | R"(?P<mark>[^()\s\\]{0,16})\(.*?\)(?P=mark)"
      | (?<![0-9A-Fa-f])'(?:[^'\\\n]|\\.)+'
      | "(?:[^"\\\n]|\\.)*"
    ''',
    re.DOTALL | re.VERBOSE,
)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.MULTILINE)


@dataclass(frozen=True)
class Include:
    line: int
    quoted: bool
    path: str


@dataclass(frozen=True)
class Source:
    root: Path
    path: str  # from the root, with slashes

    @property
    def folder(self) -> str:
        """What the order of libraries knows the file by: "modbus", "app", "plant_sim", "test" …"""
        parts = self.path.split("/")
        return parts[1] if parts[0] == "lib" and len(parts) > 2 else parts[0]

    @cached_property
    def text(self) -> str:
        return (self.root / self.path).read_text(encoding="utf-8", errors="replace")

    @cached_property
    def code(self) -> str:
        """The text with comments and literals blanked, line for line."""
        return _TOKENS.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), self.text)

    @cached_property
    def includes(self) -> list[Include]:
        # A comment that mentions an include is none; a quoted path is a literal, so the text is asked.
        without_comments = _TOKENS.sub(
            lambda found: re.sub(r"[^\n]", " ", found.group())
            if found.group().startswith(("//", "/*"))
            else found.group(),
            self.text,
        )
        return [
            Include(without_comments.count("\n", 0, found.start()) + 1, found[1] == '"', found[2])
            for found in _INCLUDE.finditer(without_comments)
        ]

    def line_of(self, offset: int) -> int:
        return self.code.count("\n", 0, offset) + 1


def sources(root: Path) -> list[Source]:
    found = []
    for folder in FOLDERS:
        for file in sorted((root / folder).rglob("*")):
            if file.suffix in SUFFIXES and file.is_file():
                found.append(Source(root, file.relative_to(root).as_posix()))
    return found
