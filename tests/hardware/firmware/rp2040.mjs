// An RP2040 with a flash image, its USB serial port on standard input and output, its time held to the wall clock's.
//   node rp2040.mjs IMAGE.uf2 BOOTROM.bin          with rp2040js in the folder that RP2040JS_FROM names
import fs from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(process.env.RP2040JS_FROM);
const { RP2040, USBCDC, ConsoleLogger, LogLevel } = require('rp2040js');

const FLASH = 0x10000000;
const NS_PER_INSTRUCTION = 8;
const MOST_IN_ONE_GO = 200000;
const [image, bootrom] = process.argv.slice(2);

const mcu = new RP2040();
const { core, clock } = mcu;
mcu.logger = new ConsoleLogger(LogLevel.Error, true);
mcu.loadBootrom(new Uint32Array(new Uint8Array(fs.readFileSync(bootrom)).buffer));
const blocks = fs.readFileSync(image);
for (let at = 0; at + 512 <= blocks.length; at += 512) {
  const start = at + 32;
  mcu.flash.set(blocks.subarray(start, start + blocks.readUInt32LE(at + 16)), blocks.readUInt32LE(at + 12) - FLASH);
}
core.PC = FLASH;

let waiting = [];
let room = 0;
const cdc = new USBCDC(mcu.usbCtrl);
cdc.onSerialData = (bytes) => process.stdout.write(Buffer.from(bytes));
// The stock port answers every poll with an empty packet, a storm of interrupts; a real host is silent until it has data.
mcu.usbCtrl.onEndpointRead = (endpoint, size) => {
  if (endpoint === cdc.outEndpoint) { room = Math.min(size, 64); give(); }
};

function give() {
  if (!room || !waiting.length) return;
  const bytes = Uint8Array.from(waiting.splice(0, room));
  room = 0;
  mcu.usbCtrl.endpointReadDone(cdc.outEndpoint, bytes);
}

const began = process.hrtime.bigint();
const wallNs = () => Number(process.hrtime.bigint() - began);
let timer = null;

// Sleeping processors are brought to their next alarm, or to the present, whichever is first.
function idle() {
  if (core.pendingInterrupts & core.enabledInterrupts) { core.waiting = false; return false; }
  const lagNs = wallNs() - clock.nanos;
  const nextNs = clock.nextAlarm ? clock.nanosToNextAlarm : Infinity;
  if (nextNs <= lagNs) { clock.tick(nextNs); return false; }
  if (lagNs > 0) clock.tick(lagNs);
  return true;
}

function run() {
  clearTimeout(timer);
  for (let count = 0; count < MOST_IN_ONE_GO; count++) {
    if (core.waiting) { if (idle()) break; continue; }
    clock.tick(core.executeInstruction() * NS_PER_INSTRUCTION);
  }
  give();
  const nextMs = clock.nextAlarm ? clock.nanosToNextAlarm / 1e6 : 1000;
  if (core.waiting) timer = setTimeout(run, Math.max(0, Math.min(nextMs, 1000)));
  else if (clock.nanos - wallNs() > 2e6) timer = setTimeout(run, 1);
  else timer = setTimeout(run, 0);
}

process.stdin.on('data', (bytes) => { waiting.push(...bytes); give(); run(); });
process.stdin.on('end', () => process.exit(0));
process.stdin.on('error', () => process.exit(0));
run();
