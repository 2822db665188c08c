/** Bessel functions of the first kind, orders 0 and 1, in float64; float32 is rounded from that. */
import type { Body } from '../../define.ts'
import type { Tensor } from '../../tensor.ts'
import { abs, add, div, mul, neg, sqrt, sub } from '../arithmetic.ts'
import { lt, where } from '../comparison.ts'
import { cos, sin } from '../trigonometric.ts'
import { polynomial, throughFloat64 } from './format.ts'

interface BesselTable {
  /** J(x) over x^2 - zero^2 for both zeros, and over x for order 1, as a polynomial in x^2 - 12.5, |x| < 5. */
  near: readonly number[]
  /** The first two positive zeros, in two parts each. */
  zeros: readonly [readonly [number, number], readonly [number, number]]
  /** Hankel's form, sqrt(2 / (pi x)) (P cos - Q sin): P and x Q as polynomials in (5 / x)^2. */
  p: readonly number[]
  q: readonly number[]
}

const order0: BesselTable = {
  near: [
    0.0031873556303932387, -0.00015368696349731236, 3.121169393699737e-6, -3.6463130831748366e-8,
    2.8077895054138233e-10, -1.5421576526464975e-12, 6.366486952739614e-15, -2.0513164250005026e-17,
    5.3078513091024906e-20, -1.1279905787319974e-22, 2.0048400375264673e-25, -3.0275148219053303e-28,
    3.927293027469262e-31,
  ],
  zeros: [
    [2.404825557695773, -1.176691651530894e-16],
    [5.520078110286311, 8.088597146146722e-17],
  ],
  p: [
    0.9999999999999999, -0.002812499999929727, 0.0001794433526605194, -3.66398348072529e-5, 1.554432824785232e-5,
    -1.1199662274548305e-5, 1.1870546402425555e-5, -1.579108631560861e-5, 2.2196005381995805e-5, -2.8645132311579618e-5,
    3.0875298763030454e-5, -2.6035303031509964e-5, 1.6218345547681844e-5, -6.95551875393128e-6, 1.8241501555249599e-6,
    -2.1980655899811026e-7,
  ],
  q: [
    -0.12499999999999899, 0.0029296874994198187, -0.00036337274695680575, 0.00011057241750420322, -6.237012361081053e-5,
    5.589307876172292e-5, -6.981883901212573e-5, 0.00010390696157098212, -0.00015656388431420902,
    0.00021064604945270464, -0.00023292399550863734, 0.00019967585458218097, -0.00012578898469186518,
    5.4381177922245195e-5, -1.4347461336630886e-5, 1.7368300854299944e-6,
  ],
}

const order1: BesselTable = {
  near: [
    0.0004323698734106474, -1.674613777188814e-5, 2.829996036544947e-7, -2.8239331633162082e-9, 1.8948010865318846e-11,
    -9.211567318539307e-14, 3.4086371265873765e-16, -9.946535655118236e-19, 2.3509822086083804e-21,
    -4.597068473472263e-24, 7.56478434170038e-27, -1.0632503254663562e-29, 1.2899064630677987e-32,
  ],
  zeros: [
    [3.8317059702075125, -1.5269184090088067e-16],
    [7.015586669815619, -9.414165653410389e-17],
  ],
  p: [
    1.0000000000000002, 0.004687499999925445, -0.0002307128835036987, 4.330165410744931e-5, -1.7617289600887126e-5,
    1.2381624838431405e-5, -1.2919206918826385e-5, 1.7023086415744992e-5, -2.3797669647916578e-5, 3.061786633730979e-5,
    -3.2942200161133156e-5, 2.7747053306053718e-5, -1.7271819218891025e-5, 7.4034681681417375e-6,
    -1.9408891323553857e-6, 2.338055122581444e-7,
  ],
  q: [
    0.37499999999999895, -0.004101562499385678, 0.0004441222554126274, -0.00012758376379536993, 6.971042776168245e-5,
    -6.123777028707377e-5, 7.552250692232084e-5, -0.00011152648431578229, 0.0001673000144454081,
    -0.00022452071199328334, 0.00024789092891502505, -0.00021230286237033653, 0.0001336573692216359,
    -5.7756424882635565e-5, 1.5232793242514325e-5, -1.8435235320466453e-6,
  ],
}

/** The polynomial near 0, for a >= 0; accurate at the zeros too. */
function near({ near: coefficients, zeros }: BesselTable, a: Tensor): Tensor {
  const [first, second] = zeros.map(([zero, rest]) => mul(sub(sub(a, zero), rest), add(a, zero))) as [Tensor, Tensor]
  return mul(mul(first, second), polynomial(sub(mul(a, a), 12.5), coefficients))
}

/** P, Q and the amplitude for a >= 5. */
function hankel({ p, q }: BesselTable, a: Tensor) {
  const ratio = div(5, a)
  const y = mul(ratio, ratio)
  return { p: polynomial(y, p), q: div(polynomial(y, q), a), amplitude: div(1 / Math.sqrt(Math.PI), sqrt(a)) }
}

/** Up to here both functions are their first terms, 1 and x / 2. */
const tiny = 1e-8

/** cos(x - pi/4) and sin(x - pi/4) are (cos x + sin x) and (sin x - cos x) over sqrt 2. Infinity gives 0. */
const j0: Body = x => {
  const a = abs(x!)
  const { p, q, amplitude } = hankel(order0, a)
  const [c, s] = [cos(a), sin(a)]
  const wave = mul(amplitude, sub(mul(p, add(c, s)), mul(q, sub(s, c))))
  const close = where(lt(a, tiny), 1, near(order0, a))
  return where(lt(a, 5), close, where(lt(a, Number.POSITIVE_INFINITY), wave, div(1, a)))
}

/** cos(x - 3 pi/4) and sin(x - 3 pi/4) are (sin x - cos x) and -(sin x + cos x) over sqrt 2. */
const j1: Body = x => {
  const a = abs(x!)
  const { p, q, amplitude } = hankel(order1, a)
  const [c, s] = [cos(a), sin(a)]
  const wave = mul(amplitude, add(mul(p, sub(s, c)), mul(q, add(c, s))))
  const signed = where(lt(x!, 0), neg(wave), wave)
  const far = where(lt(a, Number.POSITIVE_INFINITY), signed, div(1, a))
  const close = mul(where(lt(a, tiny), 0.5, near(order1, a)), x!)
  return where(lt(a, 5), close, far)
}

/** Bessel function of the first kind of order 0. */
export const j0Body = throughFloat64(j0)
/** Bessel function of the first kind of order 1. */
export const j1Body = throughFloat64(j1)
