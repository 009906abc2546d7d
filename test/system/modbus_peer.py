"""A Modbus TCP client of a few lines, so that registers are seen by somebody other than the program tested."""

import socket
import struct


class ModbusPeer:
    def __init__(self, host, port, timeout_s=2.0):
        self._socket = socket.create_connection((host, port), timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._transaction = 0

    def close(self):
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def read(self, address, count=1):
        """Holding registers as unsigned words."""
        answer = self._exchange(struct.pack(">BHH", 3, address, count))
        return list(struct.unpack(f">{count}H", answer[1:]))

    def read_signed(self, address):
        word = self.read(address)[0]
        return word - 0x10000 if word & 0x8000 else word

    def write(self, address, value):
        self._exchange(struct.pack(">BHH", 6, address, value & 0xFFFF))

    def _exchange(self, request):
        """The answer without its function code."""
        self._transaction = (self._transaction + 1) & 0xFFFF
        self._socket.sendall(struct.pack(">HHHB", self._transaction, 0, len(request) + 1, 1) + request)
        transaction, _, length, _ = struct.unpack(">HHHB", self._receive(7))
        answer = self._receive(length - 1)
        if transaction != self._transaction:
            raise OSError(f"answer {transaction} to transaction {self._transaction}")
        if answer[0] & 0x80:
            raise OSError(f"Modbus exception {answer[1]}")
        return answer[1:]

    def _receive(self, count):
        data = b""
        while len(data) < count:
            part = self._socket.recv(count - len(data))
            if not part:
                raise ConnectionError("closed by the server")
            data += part
        return data
