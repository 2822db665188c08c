/**
 * Rules that make the updates of a training step: `compile({ ..., updates: adam(loss, [W, b]) })`. Each takes the cost, or
 * the gradients in the order of the parameters (clipped, say), and makes the shared variables that it needs besides.
 *
 * p is a parameter, g its gradient; what else is written small is the state of the rule, starting at 0.
 */

import { add, div, mul, neg, reciprocal, sqrt, square, sub } from '../ops/arithmetic.ts'
import { expm1 } from '../ops/exponential.ts'
import { shared } from '../shared.ts'
import type { Tensor } from '../tensor.ts'
import { ln } from './logarithm.ts'
import { type Cost, forEach, type Rate, type RuleOptions, readRule, type Update } from './parameters.ts'

export type { Cost, Rate, RuleOptions, Update } from './parameters.ts'

/** Options of the rules whose step is a multiple of the gradient. */
export interface SgdOptions {
  learningRate: Rate
}

/** Stochastic gradient descent: p ← p - learningRate g. */
export function sgd(cost: Cost, parameters: readonly Tensor[], options: SgdOptions): Update[] {
  const { learningRate } = readRule('sgd', options, [], true)
  return forEach('sgd', cost, parameters, ({ p, g, like }) => [[p, sub(p, mul(like(learningRate), g))]])
}

export interface MomentumOptions extends SgdOptions, RuleOptions {
  /** How much of its velocity a parameter keeps: 0.9 when absent. */
  momentum?: Rate
}

/** Momentum: v ← momentum v - learningRate g; p ← p + v. (Polyak, USSR Comp. Math. 4, 1964.) */
export function momentum(cost: Cost, parameters: readonly Tensor[], options: MomentumOptions): Update[] {
  const {
    learningRate,
    momentum: kept = 0.9,
    name = 'momentum',
  } = readRule('momentum', options, ['momentum', 'name'], true)
  return forEach(name, cost, parameters, ({ p, g, like, zeros }) => {
    const v = zeros('v')
    const velocity = sub(mul(like(kept), v), mul(like(learningRate), g))
    return [
      [v, velocity],
      [p, add(p, velocity)],
    ]
  })
}

/**
 * Nesterov's momentum, as of Sutskever and others (ICML 2013, equations 3 and 4): v ← momentum v - learningRate g(q + momentum v);
 * q ← q + v. The parameters are the points p = q + momentum v where gradients are taken, which turns the rule into
 * v ← momentum v - learningRate g; p ← p + momentum v - learningRate g. With a constant momentum the two are the same.
 */
export function nesterov(cost: Cost, parameters: readonly Tensor[], options: MomentumOptions): Update[] {
  const {
    learningRate,
    momentum: kept = 0.9,
    name = 'nesterov',
  } = readRule('nesterov', options, ['momentum', 'name'], true)
  return forEach(name, cost, parameters, ({ p, g, like, zeros }) => {
    const v = zeros('v')
    const step = mul(like(learningRate), g)
    const velocity = sub(mul(like(kept), v), step)
    return [
      [v, velocity],
      [p, add(p, sub(mul(like(kept), velocity), step))],
    ]
  })
}

export interface AdagradOptions extends RuleOptions {
  /** 0.01 when absent. */
  learningRate?: Rate
  /** Keeps the divisor from 0: 1e-6 when absent. */
  epsilon?: number
}

/** Adagrad: a ← a + g^2; p ← p - learningRate g / sqrt(a + epsilon). (Duchi, Hazan and Singer, JMLR 12, 2011.) */
export function adagrad(cost: Cost, parameters: readonly Tensor[], options: AdagradOptions = {}): Update[] {
  const { learningRate = 0.01, epsilon = 1e-6, name = 'adagrad' } = readRule('adagrad', options, ['epsilon', 'name'])
  return forEach(name, cost, parameters, ({ p, g, like, zeros }) => {
    const a = zeros('a')
    const sum = add(a, square(g))
    return [
      [a, sum],
      [p, sub(p, div(mul(like(learningRate), g), sqrt(add(sum, epsilon))))],
    ]
  })
}

export interface RmspropOptions extends RuleOptions {
  /** 0.001 when absent. */
  learningRate?: Rate
  /** How much of the mean of squares is kept: 0.9 when absent. */
  rho?: number
  /** Keeps the divisor from 0: 1e-6 when absent. */
  epsilon?: number
}

/** RMSprop: a ← rho a + (1 - rho) g^2; p ← p - learningRate g / sqrt(a + epsilon). (Hinton, Coursera lecture 6e, 2012.) */
export function rmsprop(cost: Cost, parameters: readonly Tensor[], options: RmspropOptions = {}): Update[] {
  const {
    learningRate = 0.001,
    rho = 0.9,
    epsilon = 1e-6,
    name = 'rmsprop',
  } = readRule('rmsprop', options, ['rho', 'epsilon', 'name'])
  return forEach(name, cost, parameters, ({ p, g, like, zeros }) => {
    const a = zeros('a')
    const mean = blend(rho, a, square(g))
    return [
      [a, mean],
      [p, sub(p, div(mul(like(learningRate), g), sqrt(add(mean, epsilon))))],
    ]
  })
}

export interface AdadeltaOptions extends RuleOptions {
  /** 1 when absent, as published. */
  learningRate?: Rate
  /** How much of the means of squares is kept: 0.95 when absent. */
  rho?: number
  /** Added to both means of squares: 1e-6 when absent. */
  epsilon?: number
}

/**
 * Adadelta: a ← rho a + (1 - rho) g^2; step = g sqrt(d + epsilon) / sqrt(a + epsilon); d ← rho d + (1 - rho) step^2;
 * p ← p - learningRate step. (Zeiler, arXiv 1212.5701, algorithm 1.)
 */
export function adadelta(cost: Cost, parameters: readonly Tensor[], options: AdadeltaOptions = {}): Update[] {
  const {
    learningRate = 1,
    rho = 0.95,
    epsilon = 1e-6,
    name = 'adadelta',
  } = readRule('adadelta', options, ['rho', 'epsilon', 'name'])
  return forEach(name, cost, parameters, ({ p, g, like, zeros }) => {
    const [a, d] = [zeros('a'), zeros('d')]
    const mean = blend(rho, a, square(g))
    const step = mul(g, div(sqrt(add(d, epsilon)), sqrt(add(mean, epsilon))))
    return [
      [a, mean],
      [d, blend(rho, d, square(step))],
      [p, sub(p, mul(like(learningRate), step))],
    ]
  })
}

export interface AdamOptions extends RuleOptions {
  /** 0.001 when absent. */
  learningRate?: Rate
  /** How much of the mean of gradients is kept: 0.9 when absent. */
  beta1?: number
  /** How much of the mean of their squares is kept: 0.999 when absent. */
  beta2?: number
  /** Keeps the divisor from 0: 1e-8 when absent. */
  epsilon?: number
}

const moments = ['beta1', 'beta2', 'epsilon', 'name'] as const

/**
 * Adam: t ← t + 1; m ← beta1 m + (1 - beta1) g; v ← beta2 v + (1 - beta2) g^2;
 * p ← p - learningRate M / (sqrt V + epsilon) with M = m / (1 - beta1^t) and V = v / (1 - beta2^t).
 * (Kingma and Ba, ICLR 2015, algorithm 1.)
 */
export function adam(cost: Cost, parameters: readonly Tensor[], options: AdamOptions = {}): Update[] {
  return adaptiveMoments(cost, parameters, { name: 'adam', ...readRule('adam', options, moments), weightDecay: 0 })
}

export interface AdamwOptions extends AdamOptions {
  /** What each step takes off a parameter, as a multiple of `learningRate p`: 0.01 when absent. */
  weightDecay?: number
}

/** Adam with decoupled weight decay: adam, and p ← p - learningRate weightDecay p. (Loshchilov and Hutter, ICLR 2019, algorithm 2.) */
export function adamw(cost: Cost, parameters: readonly Tensor[], options: AdamwOptions = {}): Update[] {
  const { weightDecay = 0.01, ...others } = readRule('adamw', options, [...moments, 'weightDecay'])
  return adaptiveMoments(cost, parameters, { name: 'adamw', ...others, weightDecay })
}

function adaptiveMoments(
  cost: Cost,
  parameters: readonly Tensor[],
  options: AdamwOptions & { weightDecay: number; name: string },
): Update[] {
  const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay, name } = options
  // float32 and not int64, which WebGPU has not: it counts to 2^24 exactly and stays there, where beta^t is long 0.
  const t = shared(0, `${name}.t`)
  const count = add(t, 1)
  const updates = forEach(name, cost, parameters, ({ p, g, like, zeros }) => {
    const [m, v] = [zeros('m'), zeros('v')]
    const [mean, meanOfSquares] = [blend(beta1, m, g), blend(beta2, v, square(g))]
    const rate = like(learningRate)
    const steps = like(count)
    const ofMean = div(rate, oneMinusPower(beta1, steps))
    const ofRoot = reciprocal(sqrt(oneMinusPower(beta2, steps)))
    const step = div(mul(ofMean, mean), add(mul(sqrt(meanOfSquares), ofRoot), epsilon))
    const decayed = weightDecay === 0 ? p : sub(p, mul(mul(rate, weightDecay), p))
    return [
      [m, mean],
      [v, meanOfSquares],
      [p, sub(decayed, step)],
    ]
  })
  return [[t, count], ...updates]
}

/** kept a + (1 - kept) b. */
const blend = (kept: number, a: Tensor, b: Tensor): Tensor => add(mul(kept, a), mul(1 - kept, b))

/** 1 - beta^t, without the cancellation that would cost beta = 0.999 three digits in the first steps of float32. */
const oneMinusPower = (beta: number, t: Tensor): Tensor => neg(expm1(mul(t, ln(beta))))
