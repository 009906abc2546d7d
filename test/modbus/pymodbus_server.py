"""A device with four tables on a port of its own, which is the first line of output."""

import asyncio

import tcp_only  # noqa: F401 (first)
from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server.async_io import ModbusTcpServer

SIZE = 200


async def main():
    device = ModbusSlaveContext(
        hr=ModbusSequentialDataBlock(0, [3 * i for i in range(SIZE)]),
        ir=ModbusSequentialDataBlock(0, [1000 + i for i in range(SIZE)]),
        co=ModbusSequentialDataBlock(0, [i % 2 == 0 for i in range(SIZE)]),
        di=ModbusSequentialDataBlock(0, [i % 3 == 0 for i in range(SIZE)]),
        zero_mode=True,
    )
    server = ModbusTcpServer(ModbusServerContext(slaves=device, single=True), address=("127.0.0.1", 0))
    serving = asyncio.ensure_future(server.serve_forever())
    await server.serving  # listens from here on
    print(server.server.sockets[0].getsockname()[1], flush=True)
    await serving


asyncio.run(main())
