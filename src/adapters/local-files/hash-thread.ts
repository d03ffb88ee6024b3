import { parentPort, workerData } from 'node:worker_threads';
import { hashOfFile } from './hash-of-file.ts';

parentPort?.postMessage(hashOfFile(workerData), []);
