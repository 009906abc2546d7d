"""Lets pymodbus be imported without what it needs for serial lines, which Debian only recommends."""

import importlib.util
import sys
import types

for name in ("serial", "serial_asyncio"):
    if importlib.util.find_spec(name) is None:
        stand_in = types.ModuleType(name)
        stand_in.__getattr__ = lambda attribute: type(attribute, (), {})
        sys.modules[name] = stand_in
