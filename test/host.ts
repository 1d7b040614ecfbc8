// What the package's entries for Node do first: the tests import the rooms themselves.
import '../src/gpu/host.node.ts';
import '../src/kernels/host.node.ts';
import '../src/ocr/host.node.ts';
