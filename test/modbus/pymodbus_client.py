"""Exercises the server on the port given; says what is wrong and exits 1 if anything is."""

import sys

import tcp_only  # noqa: F401 (first)
from pymodbus.client import ModbusTcpClient

failures = []


def check(what, good):
    if not good:
        failures.append(what)
        print(what, "is wrong")


client = ModbusTcpClient("127.0.0.1", port=int(sys.argv[1]), timeout=20)
check("connect", client.connect())

check("read 125", client.read_holding_registers(10, 125, slave=1).registers == [3 * (10 + i) for i in range(125)])
check("read input", client.read_input_registers(5, 3, slave=1).registers == [1005, 1006, 1007])
check("read coils", client.read_coils(0, 10, slave=1).bits[:10] == [i % 2 == 0 for i in range(10)])
check("read discrete", client.read_discrete_inputs(3, 4, slave=1).bits[:4] == [True, False, False, True])
check("write register", client.write_register(199, 0xBEEF, slave=1).value == 0xBEEF)
check("write registers", client.write_registers(0, [500 + i for i in range(123)], slave=1).count == 123)
check("write coil", client.write_coil(1, True, slave=1).value is True)
check("write coils", client.write_coils(2, [False, True, True], slave=1).count == 3)
both = client.readwrite_registers(
    read_address=150, read_count=4, write_address=151, write_registers=[71, 72], unit=1, slave=1
)
check("write and read", both.registers == [450, 71, 72, 459])
check("write", not client.write_register(160, 0x12, slave=1).isError())
check("mask", not client.mask_write_register(160, 0xF2, 0x25, unit=1, slave=1).isError())
beyond = client.read_holding_registers(199, 2, slave=1)
check("read beyond", beyond.isError() and beyond.exception_code == 2)

client.close()
sys.exit(1 if failures else 0)
