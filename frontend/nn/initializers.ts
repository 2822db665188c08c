/**
 * First values of parameters, as arrays: `shared(glorotUniform([784, 512], { seed: 1 }), 'W')`. The same seed gives the
 * same numbers on every engine.
 */
import { dataOf, encode, NDArray } from '../../runtime/array.ts'
import { expectList, expectOneOf, namedOptions, toCount, toNumber } from '../arguments.ts'
import { named } from '../origin.ts'
import { type Float, floats } from '../type.ts'
import { noFans } from './errors.ts'
import { Rng, wholeSeed } from './random.ts'

/** Where the numbers come from, and their dtype. */
export interface InitializerOptions<D extends Float = Float> {
  /** A whole number; or a stream, which goes on from where it is. Arrays of one shape need seeds of their own to differ. */
  seed: number | bigint | Rng
  /** float32 when absent. */
  dtype?: D
}

/** Options of initializers that keep the variance of what flows through a layer. */
export interface FanOptions<D extends Float = Float> extends InitializerOptions<D> {
  /** Multiplies the numbers: 1 when absent; sqrt(2) is customary before a relu where the initializer has none. */
  gain?: number
}

/** Evenly distributed numbers of [low, high); [0, 1) when absent. */
export function uniform<D extends Float = 'float32'>(
  shape: readonly number[],
  given: InitializerOptions<D> & { low?: number; high?: number },
): NDArray<D> {
  const { low = 0, high = 1, ...options } = seeded('uniform', given, ['low', 'high'])
  return filled('uniform', shape, options, rng => low + (high - low) * rng.uniform())
}

/** Normally distributed numbers with a mean (0) and a standard deviation (1). */
export function normal<D extends Float = 'float32'>(
  shape: readonly number[],
  given: InitializerOptions<D> & { mean?: number; std?: number },
): NDArray<D> {
  const { mean = 0, std = 1, ...options } = seeded('normal', given, ['mean', 'std'])
  return filled('normal', shape, options, rng => mean + std * rng.normal())
}

/** Variance gain^2 2 / (fanIn + fanOut), evenly distributed: Glorot and Bengio, AISTATS 2010, equation 16. */
export const glorotUniform = evenly('glorotUniform', (fanIn, fanOut) => 2 / (fanIn + fanOut))
/** Variance gain^2 2 / (fanIn + fanOut), normally distributed: Glorot and Bengio, AISTATS 2010, equation 12. */
export const glorotNormal = normally('glorotNormal', (fanIn, fanOut) => 2 / (fanIn + fanOut))
/** Variance gain^2 2 / fanIn, evenly distributed, for layers before a relu: He and others, ICCV 2015, equation 10. */
export const heUniform = evenly('heUniform', fanIn => 2 / fanIn)
/** Variance gain^2 2 / fanIn, normally distributed, for layers before a relu: He and others, ICCV 2015, equation 10. */
export const heNormal = normally('heNormal', fanIn => 2 / fanIn)
/** Variance gain^2 / fanIn, evenly distributed: LeCun and others, Efficient BackProp, 1998, equation 16. */
export const lecunUniform = evenly('lecunUniform', fanIn => 1 / fanIn)
/** Variance gain^2 / fanIn, normally distributed: LeCun and others, Efficient BackProp, 1998, equation 16. */
export const lecunNormal = normally('lecunNormal', fanIn => 1 / fanIn)

type Variance = (fanIn: number, fanOut: number) => number

/** Numbers of a variance that follows from the shape: [in, out], or [out, in, ...window] for the filters of a convolution. */
type Initializer = <D extends Float = 'float32'>(shape: readonly number[], options: FanOptions<D>) => NDArray<D>

/** An even distribution on [-a, a) has the variance a^2 / 3. */
function evenly(name: string, variance: Variance): Initializer {
  return named<Initializer>(name, (shape, given) => {
    const { gain = 1, ...options } = seeded(name, given, ['gain'])
    const limit = gain * Math.sqrt(3 * variance(...fans(name, shape)))
    return uniform(shape, { low: -limit, high: limit, ...options })
  })
}

function normally(name: string, variance: Variance): Initializer {
  return named<Initializer>(name, (shape, given) => {
    const { gain = 1, ...options } = seeded(name, given, ['gain'])
    return normal(shape, { std: gain * Math.sqrt(variance(...fans(name, shape))), ...options })
  })
}

/** How many elements a shape has. */
function elementsOf(op: string, shape: readonly number[]): number {
  expectList(op, 'a shape', shape)
  for (const size of shape) toCount(op, size)
  return shape.reduce((product, size) => product * size, 1)
}

/** The options, which have to say where the numbers come from. */
function seeded<O extends InitializerOptions>(name: string, options: O, more: readonly (keyof O & string)[]): O {
  namedOptions(name, options, ['seed', 'dtype', ...more], 'options with a seed')
  if (!(options.seed instanceof Rng)) wholeSeed(name, options.seed)
  if (options.dtype !== undefined) expectOneOf(name, 'dtype', options.dtype, floats)
  for (const option of more) if (options[option] !== undefined) toNumber(name, options[option])
  return options
}

/** How many values each output is made of, and how many outputs each value goes to. */
function fans(name: string, shape: readonly number[]): [number, number] {
  expectList(name, 'a shape', shape)
  for (const size of shape) toCount(name, size)
  const [first, second, ...window] = shape
  if (first === undefined || second === undefined) throw noFans(name, shape)
  if (window.length === 0) return [first, second]
  const size = window.reduce((product, n) => product * n, 1)
  return [second * size, first * size]
}

function filled<D extends Float>(
  op: string,
  shape: readonly number[],
  { seed, dtype = 'float32' as D }: InitializerOptions<D>,
  next: (rng: Rng) => number,
): NDArray<D> {
  const rng = seed instanceof Rng ? seed : new Rng(seed)
  const data = new dataOf[dtype](elementsOf(op, shape))
  for (let i = 0; i < data.length; i++) data[i] = encode(dtype, next(rng), op)
  return new NDArray(dtype, [...shape], data as NDArray<D>['data'])
}
