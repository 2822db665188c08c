/** The expressions that Theano's paper of 2010 (Bergstra et al., SciPy) measured against NumPy and numexpr, in float64. */
import { pow, type Tensor } from 'damo'
import { perElement, type Row } from './row.ts'

interface Expression {
  graph(a: Tensor, b: Tensor): Tensor
}

/** By what NumPy and numexpr are given. */
export const theanoExpressions: Readonly<Record<string, Expression>> = {
  'a + 1': { graph: a => a.add(1) },
  '2 * a + 3 * b': { graph: (a, b) => a.mul(2).add(b.mul(3)) },
  'a ** 2 + b ** 2 + 2 * a * b': { graph: (a, b) => pow(a, 2).add(pow(b, 2)).add(a.mul(2).mul(b)) },
  '2 * a + b ** 10': { graph: (a, b) => a.mul(2).add(pow(b, 10)) },
}

const sizes = [1e3, 1e5, 1e7]

export const theano: readonly Row[] = Object.keys(theanoExpressions).flatMap(expression =>
  sizes.map(n => ({
    name: `theano 2010: ${expression}, ${n.toExponential(0).replace('+', '')}`,
    task: { kind: 'theano', expression, n } as const,
    tolerance: 1e-14,
    ...(expression !== 'a + 1' && { atLeastOf: { numpy: 1, numexpr: 1 } }),
    ...perElement(n),
  })),
)
