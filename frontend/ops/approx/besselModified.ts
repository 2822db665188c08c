/** Modified Bessel functions of the first kind, orders 0 and 1, in float64; float32 is rounded from that. */
import type { Body } from '../../define.ts'
import type { Tensor } from '../../tensor.ts'
import { abs, div, mul, sqrt } from '../arithmetic.ts'
import { gt, lt, where } from '../comparison.ts'
import { exp } from '../exponential.ts'
import { atLeast, atMost, polynomial, throughFloat64 } from './format.ts'

interface ModifiedTable {
  /** I(x), over x for order 1, as a polynomial in x^2, |x| < 7.75. */
  near: readonly number[]
  /** e^-x sqrt(x) I(x) as a polynomial in 1/x, beyond. Coefficients of both interpolate at Chebyshev's points. */
  far: readonly number[]
}

const order0: ModifiedTable = {
  near: [
    1.0, 0.25, 0.015625, 0.00043402777777777775, 6.781684027777777e-6, 6.781684027777778e-8, 4.7095027970679e-10,
    2.402807549524452e-12, 9.385966990328616e-15, 2.896903392086051e-17, 7.242258479694134e-20, 1.4963343988842617e-22,
    2.5978026999902358e-25, 3.8429053919403633e-28, 4.901624552777274e-31, 5.446881776963009e-34, 5.311792060038208e-37,
    4.658469290733018e-40, 3.2219843993590958e-43, 3.572292778956169e-46,
  ],
  far: [
    0.3989422804014326, 0.04986778505036935, 0.028050628954756553, 0.029219453519478914, 0.044732515236471336,
    0.09178350400742989, 0.14134214338520318, 3.999050616182852, 30.131498507976985, -11703.484490974559,
    785601.8645013993, -32038652.918182112, 923549090.9580843, -19804150166.717003, 322851677725.4824,
    -4033148766387.3223, 38565263075972.1, -279691984720216.22, 1510184140428216.0, -5877336947623655.0,
    1.5574097336749722e16, -2.5150042516123068e16, 1.8679435486569092e16,
  ],
}

const order1: ModifiedTable = {
  near: [
    0.5, 0.0625, 0.0026041666666666665, 5.425347222222222e-5, 6.781684027777778e-7, 5.651403356481481e-9,
    3.363930569334215e-11, 1.5017547184527775e-13, 5.214426105738513e-16, 1.4484516960406527e-18,
    3.2919356726979234e-21, 6.2347266581033e-24, 9.991548954264766e-27, 1.3724659808600385e-29, 1.6338786051620334e-32,
    1.70210474145614e-35, 1.5626971524180582e-38, 1.291564423569113e-41, 8.569888449946272e-45, 8.775125164816789e-48,
  ],
  far: [
    0.39894228040143276, -0.14960335515068326, -0.046751048382323974, -0.04090720236781461, -0.05751912778193115,
    -0.11143644030292507, -0.23442182491735594, -0.09448352122072212, -264.0176501793444, 22114.225598689725,
    -1146633.0033893434, 41883693.97507584, -1136134172.59532, 23450155727.229454, -372492676125.1475,
    4567379134927.103, -43070538174339.93, 309044397764334.3, -1654680298074673.2, 6396264269438032.0,
    -1.685566778416918e16, 2.7094851156034704e16, -2.0046233401980548e16,
  ],
}

const border = 7.75

const near = ({ near }: ModifiedTable, a: Tensor): Tensor => polynomial(mul(atMost(a, border), atMost(a, border)), near)

/** For a from the border on; e^a comes in two factors where it would overflow before its time. */
function far({ far }: ModifiedTable, a: Tensor): Tensor {
  const x = atMost(atLeast(a, border), 800)
  const halves = gt(x, 700)
  const power = exp(where(halves, mul(x, 0.5), x))
  return mul(mul(power, div(polynomial(div(1, x), far), sqrt(x))), where(halves, power, 1))
}

const i0: Body = x => {
  const a = abs(x!)
  return where(lt(a, border), near(order0, a), far(order0, a))
}

const i1: Body = x => {
  const a = abs(x!)
  const large = far(order1, a)
  return where(lt(a, border), mul(near(order1, a), x!), where(lt(x!, 0), mul(large, -1), large))
}

/** Modified Bessel function of the first kind of order 0. */
export const i0Body = throughFloat64(i0)
/** Modified Bessel function of the first kind of order 1. */
export const i1Body = throughFloat64(i1)
