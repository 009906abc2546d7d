// Registers of a plant, read by the test itself: what is true, whatever anybody says.
import { connect } from 'node:net';

/** The words of holding registers from `address` on. */
function readWords({ host, port, unit, address, count }) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host);
    socket.setTimeout(3000, () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
    socket.once('connect', () => {
      const request = Buffer.alloc(12);
      request.writeUInt16BE(1, 0);
      request.writeUInt16BE(6, 4);
      request.writeUInt8(unit, 6);
      request.writeUInt8(3, 7);
      request.writeUInt16BE(address, 8);
      request.writeUInt16BE(count, 10);
      socket.write(request);
    });
    let got = Buffer.alloc(0);
    socket.on('data', (d) => {
      got = Buffer.concat([got, d]);
      if (got.length < 9 || got.length < 6 + got.readUInt16BE(4)) return;
      socket.end();
      if (got[7] !== 3) reject(new Error(`exception ${got[8]}`));
      else resolve(Array.from({ length: count }, (_, i) => got.readUInt16BE(9 + 2 * i)));
    });
  });
}

/** A point of a plant in its unit: formats int16 and uint16 of the shipped configuration. */
export async function readPoint(plant, name) {
  const endpoint = plant.modbus.remote;
  const point = endpoint.points[name];
  const [word] = await readWords({ host: endpoint.host, port: endpoint.port, unit: endpoint.unit_id, address: point.address, count: 1 });
  return (point.format === 'int16' ? (word << 16) >> 16 : word) * point.eng_per_count;
}
