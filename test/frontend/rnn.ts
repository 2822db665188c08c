import { scan, type Tensor, tanh } from 'damo'

/** A recurrent net: its states, and the last. */
export function rnn(xs: Tensor, h0: Tensor, W: Tensor, U: Tensor) {
  return scan(
    (h, x) => {
      const next = tanh(x.matmul(W).add(h.matmul(U)))
      return { carry: next, output: next }
    },
    { initial: h0, sequences: xs },
  )
}
