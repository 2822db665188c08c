/** Turns relaxed SIMD on where the engine has it behind a flag, as Node 20 does. */
import { setFlagsFromString } from 'node:v8'
import { relaxedProbe } from '../runtime/relaxed.ts'

if (!WebAssembly.validate(relaxedProbe)) setFlagsFromString('--experimental-wasm-relaxed-simd')
