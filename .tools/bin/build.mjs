// npm run build: compiles and bundles the package to dist/ and prints its sizes.
import { build } from '../build.mjs'
import { printSizes } from '../sizes.mjs'

process.exitCode = await build()
if (process.exitCode === 0) await printSizes()
