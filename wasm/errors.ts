/** Every message of the WebAssembly back end, one function each; `code` never changes, the text may improve. */

import { DamoError } from '../runtime/errors.ts'

const withoutCompiler = 'Prebuilt artifacts (load from damo/runtime) and the interpreter() target need no compiler.'

const emsdkSteps = [
  'git clone https://github.com/emscripten-core/emsdk && cd emsdk',
  './emsdk install latest && ./emsdk activate latest',
  'export EMSDK="$PWD"',
]

const installSteps: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: [
    'Debian, Ubuntu:  sudo apt-get install emscripten clang-19 lld-19',
    `elsewhere:       ${emsdkSteps.join('\n                   ')}`,
  ],
  darwin: ['Homebrew:  brew install emscripten', `or:        ${emsdkSteps.join('\n             ')}`],
}

function howToInstall(platform: NodeJS.Platform): string {
  const steps = installSteps[platform] ?? emsdkSteps
  return steps.map(step => `  ${step}`).join('\n')
}

/** W001: no Emscripten anywhere that was looked at. */
export function compilerMissing(platform: NodeJS.Platform): DamoError {
  return new DamoError(
    'W001',
    'wasm: no C++ compiler for WebAssembly was found: EMCC and EMSDK are not set and em++ is not on PATH\n' +
      `${howToInstall(platform)}\n  ${withoutCompiler}`,
  )
}

/** W002: a place that the user named holds no Emscripten. */
export function compilerNotThere(setting: string, place: string): DamoError {
  return new DamoError(
    'W002',
    `wasm: ${setting} is ${place}, but no Emscripten is there\n` +
      '  Give the path of em++ or emcc, of the folder that holds it, or of an emsdk folder.',
  )
}

/** W003: an Emscripten whose compiler, linker or headers cannot be used. */
export function compilerUnusable(place: string, reason: string): DamoError {
  return new DamoError('W003', `wasm: Emscripten at ${place} cannot be used: ${reason}`)
}

/** W004: the relaxed variant was asked for where no clang knows relaxed SIMD. */
export function relaxedUnavailable(): DamoError {
  return new DamoError(
    'W004',
    'wasm: the relaxed variant needs clang 17 or later (on Debian and Ubuntu: apt-get install clang-19 lld-19)',
  )
}

/** W005: the compiler or the linker refused the generated C++; `sourceFile` holds it. */
export function compilationFailed(step: string, diagnostics: string, sourceFile: string): DamoError {
  return new DamoError('W005', `wasm: ${step} failed\n${diagnostics}\n  The C++ source is kept in ${sourceFile}`)
}

/** W006: a linked module that does not obey the ABI. */
export function moduleBreaksAbi(reason: string): DamoError {
  return new DamoError('W006', `wasm: the linked module breaks the ABI of docs/abi.md: ${reason}`)
}

/** A name that is not one for files everywhere. */
export const artifactName = (name: string) =>
  new DamoError('W007', `save: '${name}' is no name for files: use letters, digits, '.', '-' and '_'`)

/** Modules for threads were asked for, of a compiler that cannot be called but by its driver. */
export const threadsUnavailable = (): DamoError =>
  new DamoError(
    'W008',
    "wasm: threads need an Emscripten whose clang and wasm-ld can be called by themselves; leave out 'threads'",
  )

/** W009: generated code keeps more on the stack than the stack has room for. */
export const frameTooLarge = (diagnostic: string, sourceFile: string): DamoError =>
  new DamoError(
    'W009',
    `wasm: generated code wants too much of the stack: ${diagnostic}\n` +
      `  This is a defect of damo, not of your program. The C++ source is kept in ${sourceFile}`,
  )
