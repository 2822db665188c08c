// npm run demo: installs what is missing, builds the package if it is stale, and trains on MNIST.
import { runScript } from '../script.mjs'

await runScript('examples/mnist/main.ts', 'built')
