/** The error function, its complement, its scaled complement and the inverses of the first two. */
import type { Body } from '../../define.ts'
import { constant } from '../../leaf.ts'
import type { Tensor } from '../../tensor.ts'
import { abs, add, div, mul, neg, sqrt, sub } from '../arithmetic.ts'
import { bitwiseAnd, eq, gt, le, lt, where } from '../comparison.ts'
import { log } from '../exponential.ts'
import { expm1OfReduced, expOfReduced, powerOfTwo, reduceByLn2, scaleByPower } from './exp.ts'
import {
  atMost,
  type Format,
  float32,
  float64,
  fromBits,
  mulAdd,
  polynomial,
  throughFloat64,
  toBits,
  withSignOf,
} from './format.ts'

interface ErfTable {
  /** erf x / x - 1 as a polynomial in x^2, up to the bound. */
  near: readonly number[]
  bound: number
  /** log(1 - erf x) for x from the bound to where erf x rounds to 1. */
  logOfRest: readonly number[]
  most: number
}

const tables: Record<Format['float'], ErfTable> = {
  float32: {
    near: [
      0.12837916612625122, -0.3761262893676758, 0.11283624172210693, -0.026855560019612312, 0.005191753152757883,
      -0.0008039752719923854, 7.943100354168564e-5,
    ],
    bound: 0.9,
    logOfRest: [
      -0.0001664848969085142, -1.1277971267700195, -0.6369761824607849, -0.10411371290683746, 0.022315310314297676,
      -0.003065540688112378, 0.00019822768808808178,
    ],
    most: 3.95,
  },
  float64: {
    near: [
      0.12837916709551256, -0.37612638903183343, 0.1128379167093694, -0.02686617064195455, 0.005223977596550877,
      -0.0008548325465870835, 0.000120552795815281, -1.49244413691838e-5, 1.6443770660136697e-6, -1.6180492822970397e-7,
      1.3599154533865761e-8, -7.570813104732561e-10,
    ],
    bound: 1,
    logOfRest: [
      -5.028530286146948e-7, -1.128374089450676, -0.6366436281790719, -0.10270343931866048, 0.01899017853991653,
      0.0004106283232499881, -0.0019159438763205997, 0.0007706438262440255, -0.00013505093208704318,
      -2.0266275397744542e-5, 2.2822306941827206e-5, -8.66708960545613e-6, 2.135655919653722e-6, -3.7329820444965526e-7,
      4.6422150727942516e-8, -3.934181593512079e-9, 2.0449130099525868e-10, -4.928479128664876e-12,
    ],
    most: 6,
  },
}

const erfNear = (f: Format, x: Tensor): Tensor => add(mul(polynomial(mul(x, x), tables[f.float].near), x), x)

/** A polynomial near 0, and 1 - e^p(|x|) beyond; the form with e^p is N. Juffa's. */
const erf =
  (f: Format): Body =>
  x => {
    const { bound, logOfRest, most } = tables[f.float]
    const a = abs(x!)
    const { k, r } = reduceByLn2(f, polynomial(atMost(a, most), logOfRest), f.bias)
    const far = sub(1, mul(expOfReduced(f, r), powerOfTwo(f, k)))
    return where(lt(a, bound), erfNear(f, x!), withSignOf(f, far, x!))
  }

/**
 * (1 + 2 x) erfcx x for x >= 0 as a polynomial in t = (x - 4) / (x + 4), the variable of M. M. Shepherd and
 * J. G. Laframboise, Chebyshev approximation of (1 + 2x) exp(x^2) erfc x, Math. Comp. 36 (1981).
 */
const scaledComplement = [
  1.2329951186255526, -0.1396211168405625, 0.015379652102619629, 0.06809705425468948, -0.10103906603630167,
  0.09373283499846594, -0.06633036581216722, 0.03716751553553679, -0.01619773405998093, 0.005031969995785068,
  -0.0007577732603853767, -0.0001992567910535168, 0.00015062148660144136, -2.4398895512121017e-5,
  -1.1221279244092023e-5, 5.70910035122311e-6, 2.9196151533826384e-7, -8.247654896821424e-7, 7.748183088684355e-8,
  1.099467553815967e-7, -2.056826173333165e-8, -1.461549440005611e-8, 3.1723889046269325e-9, 1.7563444761375435e-9,
  -2.6641140333110895e-10, -1.3205985754130626e-10,
]

/** e^(x^2) (1 - erf x) for x >= 0, float64. */
function erfcxOfPositive(x: Tensor): Tensor {
  const t = where(gt(x, 2 ** 60), 1, div(sub(x, 4), add(x, 4)))
  return div(mul(polynomial(t, scaledComplement), 0.5), add(x, 0.5))
}

/** e^(sign x^2) in float64 as a number and a power of two, k + offset; x^2 is exact in two parts. |x| at most 28. */
function expOfSquare(x: Tensor, sign: 1 | -1, offset: number): { value: Tensor; k: Tensor } {
  const head = fromBits(float64, bitwiseAnd(toBits(float64, x), -(1n << 27n)))
  const rest = mul(mul(sub(x, head), add(x, head)), sign)
  const { k, r } = reduceByLn2(float64, mul(mul(head, head), sign), offset)
  return { value: expOfReduced(float64, add(r, rest)), k }
}

/** 1 - erf x without cancellation, down to subnormals. */
const erfc64: Body = x => {
  const a = abs(x!)
  const { value, k } = expOfSquare(atMost(a, 28), -1, float64.bias + 156)
  const tail = mul(mul(mul(value, erfcxOfPositive(a)), powerOfTwo(float64, k)), 2 ** -156)
  return where(lt(a, 0.5), sub(1, erfNear(float64, x!)), where(lt(x!, 0), sub(2, tail), tail))
}

/** x erfcx x of x from 0.7 to 10.1 as a polynomial in t = (x - 2) / (x + 2). */
const scaledComplement32 = [
  0.5107913613319397, 0.16721101105213165, -0.20384444296360016, 0.12151383608579636, -0.028979148715734482,
  -0.007494660560041666, 0.004817265551537275, 0.0009888015920296311, -0.0008089513285085559,
]

/**
 * The same in float32. x^2 is the square of 12 bits of x, which is exact, and a rest; e^-x^2 is 2^k (1 + m), and erfcx is
 * rounded before m brings in its part, which leaves fewer roundings than their product has.
 */
const erfc32: Body = x => {
  const a = atMost(abs(x!), 10.5)
  const head = fromBits(float32, bitwiseAnd(toBits(float32, a), -(1n << 12n)))
  const rest = mul(sub(a, head), add(a, head))
  const { k, r } = reduceByLn2(float32, neg(mul(head, head)), float32.bias + 64)
  const m = expm1OfReduced(float32, sub(r, rest))
  const g = div(polynomial(div(sub(a, 2), add(a, 2)), scaledComplement32), a)
  const tail = mul(mul(mulAdd(g, m, g), powerOfTwo(float32, k)), 2 ** -64)
  return where(lt(a, 0.75), sub(1, erfNear(float32, x!)), where(lt(x!, 0), sub(2, tail), tail))
}

/** e^(x^2) erfc x; infinite below -26.7. */
const erfcx64: Body = x => {
  const a = abs(x!)
  const core = erfcxOfPositive(a)
  const { value, k } = expOfSquare(atMost(a, 28), 1, 2 * float64.bias)
  // There x^2 is less than half of ln 2, so no power of two is left.
  const near = mul(value, sub(1, erfNear(float64, x!)))
  return where(lt(a, 0.5), near, where(lt(x!, 0), sub(scaleByPower(float64, mul(value, 2), k), core), core))
}

/**
 * What the inverse is beyond a constant part of its argument, top over bottom by region: minimax rational functions, within
 * 5e-19 of the inverse. The regions and their variables are those of M. J. Wichura, Algorithm AS 241, Applied Statistics
 * 37 (1988); the constant part takes most of the roundings of the quotient from the result.
 */
const inverse = {
  top: [
    [0.32253231156709133, -0.18342372899769507, 0.1290699043826067],
    [3.00290414226139, -0.12069630058686709, 0.12786095077847207],
    [9.548597767168163, 0.14210964582185998, 0.04816556298753385],
    [9.663031823950034, 0.1911882803822637, 0.009060335070331167],
    [-8.103859289686234, 0.08944591682881718, 0.0009242515559112014],
    [-22.753176245520887, 0.02101812305015878, 5.14086877419004e-5],
    [-14.6894799514221, 0.002556971569500537, 1.4757357752495418e-6],
    [-3.1803931215603987, 0.00014521927846116705, 1.904074354059072e-8],
    [-0.16204293363349379, 2.772051801458189e-6, 7.837983761699666e-11],
  ],
  bottom: [
    [1, 1, 1],
    [12.099957602701858, 2.629153044066099, 0.8387936228783642],
    [58.23994072724321, 2.879176009284792, 0.2856998723137049],
    [142.57155821082674, 1.7041598998574385, 0.05073557519947256],
    [188.6279896980748, 0.5907200947253963, 0.005023705107047554],
    [132.63513579572478, 0.12090235953786242, 0.00027575232374067076],
    [45.58086410526766, 0.013873357223330704, 7.879026072973279e-6],
    [6.341943421604854, 0.0007749609024366624, 1.0155326890395577e-7],
    [0.22443777992841063, 1.4781989199873038e-5, 4.1802319197021633e-10],
  ],
} as const

/**
 * erf^-1 of a number whose distance from 1 is `rest` (0 to 1): the number, or sqrt(-log(rest / 2)) where it is above 0.85,
 * times a constant and a rational function.
 */
function inverseErf(size: Tensor, rest: Tensor): Tensor {
  const central = le(size, 0.85)
  const root = sqrt(sub(Math.LN2, log(rest)))
  const close = le(root, 5)
  const z = where(central, sub(0.7225, mul(size, size)), sub(root, where(close, constant(1.6, 'float64'), 5)))
  const choose = ([a, b, c]: readonly [number, number, number]) =>
    where(central, a, where(close, constant(b, 'float64'), c))
  const ratio = div(polynomial(z, inverse.top.map(choose)), polynomial(z, inverse.bottom.map(choose)))
  const value = mul(where(central, size, root), add(ratio, where(central, constant(0.875, 'float64'), 0.8125)))
  return where(eq(rest, 0), Number.POSITIVE_INFINITY, value)
}

const erfinv64: Body = x => withSignOf(float64, inverseErf(abs(x!), sub(1, abs(x!))), x!)

const erfcinv64: Body = x => {
  const upper = gt(x!, 1)
  const rest = where(upper, sub(2, x!), x!)
  const y = inverseErf(sub(1, rest), rest)
  return where(upper, neg(y), y)
}

/** Error function. */
export const erfBody = { float32: erf(float32), float64: erf(float64) }
/** 1 - erf x. */
export const erfcBody = { float32: erfc32, float64: erfc64 }
/** e^(x^2) erfc x. */
export const erfcxBody = throughFloat64(erfcx64)
/** Inverse of erf. */
export const erfinvBody = throughFloat64(erfinv64)
/** Inverse of erfc. */
export const erfcinvBody = throughFloat64(erfcinv64)
