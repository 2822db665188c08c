/** One WebAssembly memory with the state that programs share. */

/** Memory, allocator and named state; programs given the same store see the same shared variables. */
export class Store {
  /** The memory that holds state, constants and the arena. */
  readonly memory: WebAssembly.Memory

  constructor() {
    this.memory = new WebAssembly.Memory({ initial: 16, maximum: 65536 })
  }
}
