/** The shared variables of one program, as its users see them. */
import { type ArrayValue, castInto, dataOf, NDArray } from './array.ts'
import { shapeText } from './dims.ts'
import { unknownState, wrongState } from './messages.ts'
import { readTensors, writeTensors } from './safetensors.ts'
import type { Cell, Store } from './store.ts'
import { toValue } from './value.ts'

/** The shared variables of a program, by name. What is read is a copy; what is written is copied. */
export interface State {
  readonly names: readonly string[]
  get(name: string): NDArray
  set(name: string, value: ArrayValue): void
  /** All state of this program as a safetensors file. */
  save(): Uint8Array
  /** Reads what `save` wrote: every shared variable of this program must be in it, of its dtype and shape, or nothing changes. */
  restore(bytes: Uint8Array): void
}

/** The state that these cells of a store are. Every operation refuses while an asynchronous call is under way. */
export function programState(store: Store, cells: ReadonlyMap<string, Cell>): State {
  const names = [...cells.keys()]
  const cellOf = (name: string, what: string): Cell => {
    store.refuseWhileBusy(`state.${what}`)
    const cell = cells.get(name)
    if (!cell) throw unknownState(name, names)
    return cell
  }
  return {
    names,
    get: name => store.read(cellOf(name, 'get')),
    set: (name, value) => {
      const cell = cellOf(name, 'set')
      store.write(cell, conform(cell, value))
    },
    save: () => writeTensors(new Map(names.map(name => [name, store.read(cellOf(name, 'save'))]))),
    restore: bytes => {
      const tensors = readTensors(bytes)
      const values = names.map(name => {
        const value = tensors.get(name)
        if (!value) throw wrongState(name, 'a tensor of that name', 'none')
        return conform(cellOf(name, 'restore'), value)
      })
      for (const [i, name] of names.entries()) store.write(cellOf(name, 'restore'), values[i]!)
    },
  }
}

/** `value` as an array of the cell's type; a typed array alone takes the cell's shape. */
function conform(cell: Cell, value: ArrayValue): NDArray {
  const { dtype, shape = cell.shape, data } = toValue(`state '${cell.name}'`, cell.dtype, value)
  const same =
    data.length === cell.length && shape.length === cell.shape.length && shape.every((n, i) => n === cell.shape[i])
  if (!same) {
    const got = shape === cell.shape ? `${data.length} elements` : `${dtype}${shapeText(shape)}`
    throw wrongState(cell.name, `${cell.dtype}${shapeText(cell.shape)}`, got)
  }
  const cast = new dataOf[cell.dtype](cell.length)
  castInto(cast, cell.dtype, data, dtype, `state '${cell.name}'`)
  return new NDArray(cell.dtype, cell.shape, cast)
}
