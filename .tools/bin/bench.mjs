// npm run bench: installs what is missing and measures damo's own sources.
import { runScript } from '../script.mjs'

await runScript('test/bench/main.ts', 'sources')
