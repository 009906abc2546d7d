"""Rules that hold for the sources as a whole. Each yields (source, line, what is wrong)."""

import re
from typing import Iterator, Sequence

from sources import Source

# Includes point to the left only; those of one tier do not know each other unless they stand in order here.
ORDER = ("base", "observe", "config", "net", "modbus", "store", "plant", "schedule", "device", "planfile", "battery", "control",
         "measure", "site", "planner", "journal", "scenario", "ocpp", "market", "alerting", "care", "report", "web", "service", "simulate", "app")
# The emulators stand beside the order: what they may use, and who may use them.
PLANT_SIM_USES = (*ORDER[: ORDER.index("plant") + 1], "battery")
USES_PLANT_SIM = ("service", "simulate", "app")

Finding = tuple[Source, int, str]


def include_direction(source: Source) -> Iterator[Finding]:
    if source.folder not in (*ORDER, "plant_sim"):
        return
    for include in source.includes:
        if not include.quoted:
            continue
        target = include.path.split("/")[0]
        if "/" not in include.path or target not in (*ORDER, "plant_sim"):
            yield source, include.line, f'"{include.path}" is not written as "<folder>/<file>"'
        elif target == source.folder:
            pass
        elif source.folder == "plant_sim":
            if target not in PLANT_SIM_USES:
                yield source, include.line, f"plant_sim may use {', '.join(PLANT_SIM_USES)}, not {target}"
        elif target == "plant_sim":
            if source.folder not in USES_PLANT_SIM:
                yield source, include.line, f"{source.folder} may not know the emulators; only {', '.join(USES_PLANT_SIM)} do"
        elif ORDER.index(target) > ORDER.index(source.folder):
            yield source, include.line, f"{target} lies above {source.folder}"


def heavy_headers(source: Source) -> Iterator[Finding]:
    """Beast and TLS cost half a minute a source: few sources pay, and no header makes others pay."""
    if re.fullmatch(r"(lib|test)/net/[^/]+\.cpp", source.path):
        return
    for include in source.includes:
        if re.match(r"boost/(beast|asio/ssl)\b|openssl/", include.path):
            yield source, include.line, f"{include.path} belongs in a source of lib/net"


def coroutines_started_in_one_place(source: Source) -> Iterator[Finding]:
    if source.path != "lib/base/task_group.cpp":
        yield from _forbid(source, r"\bdetached\b", "only TaskGroup starts coroutines that nobody awaits")


def one_thread(source: Source) -> Iterator[Finding]:
    if source.folder == "test":
        return  # an independent peer may need a thread of its own
    yield from _forbid(
        source,
        r"\bstd\s*::\s*(?:(?:recursive_|shared_)?(?:timed_)?mutex|lock_guard|unique_lock|scoped_lock"
        r"|condition_variable\w*|atomic\w*|j?thread|this_thread|async|future|promise)\b",
        "state is touched on the reactor's thread only",
    )
    for include in source.includes:
        if include.path in ("mutex", "shared_mutex", "atomic", "thread", "condition_variable", "future"):
            yield source, include.line, f"<{include.path}>: state is touched on the reactor's thread only"
    if source.folder != "base":
        yield from _forbid(source, r"\bthread_pool\b", "blocking work goes through hil::BlockingExecutor")


def world_is_handed_in(source: Source) -> Iterator[Finding]:
    if source.folder == "base" or source.path.startswith("test/bench/"):
        return
    yield from _forbid(
        source,
        r"\b(?:system|steady|high_resolution|utc|file)_clock\s*::\s*now\b|\bclock_gettime\b|\bgettimeofday\b"
        r"|\bstd\s*::\s*time\s*\(|\bstd\s*::\s*clock\s*\(",
        "time comes from a hil::Clock",
    )
    yield from _forbid(
        source,
        r"\bthis_thread\s*::\s*sleep_\w+|(?<![\w.>])(?:u|nano)?sleep\s*\(",
        "nothing sleeps: wait on a hil::Clock",
    )
    if source.folder == "test":
        return
    yield from _forbid(
        source, r"\b(?:steady|system|high_resolution)_timer\b|\bdeadline_timer\b", "timers come from a hil::Clock"
    )
    yield from _forbid(source, r"\brandom_device\b|\bs?rand\s*\(", "chance comes from a hil::Random")
    yield from _forbid(source, r"\bip\s*::\s*tcp\b", "connections come from a hil::Network")


def no_loose_ends(source: Source) -> Iterator[Finding]:
    for found in re.finditer(r"\b(?:TODO|FIXME)\b", source.text):
        yield source, source.text.count("\n", 0, found.start()) + 1, f"{found.group()} left behind"


def names_say_something(source: Source) -> Iterator[Finding]:
    words = set(re.split(r"[/_.\-]", source.path.lower()))
    for word in sorted(words & {"util", "utils", "helper", "helpers", "common", "manager", "misc"}):
        yield source, 1, f'"{word}" in a name does not say what the file is about'


LONGEST_FILE, LONGEST_FUNCTION = 400, 60
# One table each, which reads worse in pieces.
TABLES = {
    ("lib/config/texts.cpp", "name"),
    ("lib/service/happenings.cpp", "make_table"),
    ("lib/web/routes.cpp", "all_routes"),
    ("plant_sim/faults.cpp", "to_json"),
}


def files_have_one_job(source: Source) -> Iterator[Finding]:
    if source.folder in ("test", "cmake"):
        return
    lines = source.text.count("\n")
    if lines > LONGEST_FILE:
        yield source, 1, f"{lines} lines, at most {LONGEST_FILE}: split it by what it does"


_FUNCTION = re.compile(r"( *)(?:[\w:<>,*&\[\]~ ]+[ *&~])?(?:\w+::)*(~?\w+)\(.*\{\s*$")
_NO_FUNCTION = {"if", "for", "while", "switch", "catch", "return", "namespace"}


def functions_fit_a_page(source: Source) -> Iterator[Finding]:
    """By indentation, as the formatter leaves it: a function begins and ends at one column."""
    if source.folder in ("test", "cmake"):
        return
    begun: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(source.code.split("\n"), 1):
        indent = line[: len(line) - len(line.lstrip())]
        if line.lstrip().startswith("}") and indent in begun:
            first, name = begun.pop(indent)
            lines = number - first + 1
            known = (source.path, name) in TABLES
            if lines > LONGEST_FUNCTION and not known:
                yield source, first, f"{name} has {lines} lines, at most {LONGEST_FUNCTION}: split it by what it does"
        found = None if line.lstrip().startswith((":", "return ")) else _FUNCTION.match(line)
        if found and len(indent) <= 4 and found[2] not in _NO_FUNCTION and indent not in begun:
            begun[indent] = (number, found[2])


_NAMED = (
    re.compile(r"(?:class|struct|enum class|union)\s+(\w+)\s*(?:final\s*)?[:{]"),
    re.compile(r"(?:constexpr|const|inline|static|using)[^=({]*?\s(\w+)\s*(?:\[[^\]]*\])?\s*[={(;]"),
    re.compile(r"[\w:<>,\s*&\[\]]+?[\s&*>](\w+)\("),
)


def helpers_of_one_room_differ(sources: Sequence[Source]) -> Iterator[Finding]:
    """Sources of one room may be compiled together, and then an overload of the other file would be chosen in silence."""
    seen: dict[tuple[str, str], Source] = {}
    for source in sources:
        if not source.path.endswith(".cpp") or source.folder in ("test", "cmake"):
            continue
        for line, name in _anonymous_names(source):
            first = seen.setdefault((source.folder, name), source)
            if first is not source:
                yield source, line, f"{name} stands in an unnamed namespace of {first.path}, too: name one of them otherwise"


def _anonymous_names(source: Source) -> Iterator[tuple[int, str]]:
    """What stands in the outermost unnamed namespaces, with its line."""
    inside = False
    for number, line in enumerate(source.code.split("\n"), 1):
        if line.startswith("namespace {"):
            inside = True
        elif re.match(r"\}\s+$", line):  # its end has a comment, blanked here
            inside = False
        elif inside and line and line[0] not in " }#/":
            found = next((match for match in (named.match(line) for named in _NAMED) if match), None)
            if found:
                yield number, found[1]


def _forbid(source: Source, pattern: str, why: str) -> Iterator[Finding]:
    for found in re.finditer(pattern, source.code):
        yield source, source.line_of(found.start()), f"{' '.join(found.group().split())}: {why}"


RULES = (
    include_direction,
    heavy_headers,
    coroutines_started_in_one_place,
    one_thread,
    world_is_handed_in,
    no_loose_ends,
    names_say_something,
    files_have_one_job,
    functions_fit_a_page,
)

# Those that hold between sources.
TREE_RULES = (helpers_of_one_room_differ,)
