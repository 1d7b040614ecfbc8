#!/usr/bin/env node
import '../gpu/host.node.ts';
import '../kernels/host.node.ts';
import '../ocr/host.node.ts';
import { endWithParent, guardOutput, processIo } from './io.ts';
import { run } from './program.ts';

endWithParent();
guardOutput();
// No process.exit(): what is still in the pipe to a slow reader would be lost, and a handle left open would not be seen.
process.exitCode = await run(process.argv.slice(2), processIo());
