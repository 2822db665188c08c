/** Where damo's documented dtypes are not those that the cases record, output by output. */
import type { DType } from 'damo'

export interface Documented {
  reason: string
  /** dtypes of all outputs; float64 stands for the precision under test. */
  dtypes: readonly DType[]
}

const positions = 'positions are int32'
const counting = 'whole numbers that are counted, not read, are int32'
const quotient = 'a quotient of integers is float32'
const integerWithFloat = 'an integer with a float gives that float'

const times = <T>(count: number, value: T): T[] => new Array<T>(count).fill(value)

export const documented: Readonly<Record<string, Documented>> = {
  'dtype/promote_int64_float32': { reason: integerWithFloat, dtypes: ['float32', 'float32'] },
  'dtype/true_div_dtypes': { reason: quotient, dtypes: ['float32'] },
  'elemwise_binary/true_div_int': { reason: quotient, dtypes: ['float32'] },
  'reduction/argmax': { reason: positions, dtypes: times(5, 'int32') },
  'reduction/argmax_ties': { reason: positions, dtypes: times(4, 'int32') },
  'reduction/argmin': { reason: positions, dtypes: times(5, 'int32') },
  'reduction/max_nan': { reason: positions, dtypes: ['float64', 'float64', 'int32'] },
  'shape/arange_linspace': { reason: counting, dtypes: ['int32', 'int32', 'int32', 'float64', 'float64'] },
  'shape/concatenate_dtype': { reason: integerWithFloat, dtypes: ['float32'] },
  'shape/sort_argsort': { reason: positions, dtypes: ['float64', 'float64', 'float64', 'int32'] },
  'shape/nonzero': { reason: positions, dtypes: times(3, 'int32') },
  'shape/meshgrid_mgrid': { reason: counting, dtypes: ['int32', 'int32'] },
}
