/** Formulas that overflow or cancel as they are written: rewriting has to make them right. */
import { add, div, eq, erfc, exp, gt, log, mul, neg, pow, sigmoid, sub, sum, tanh, where } from 'damo'
import type { Translation, Translations } from './case.ts'

const logOfSumOfExponentials: Translation = ({ x }) => [log(sum(exp(x), { axis: 1 }))]

export const stability: Translations = {
  'stability/erfc_tail': ({ x }) => [log(erfc(x))],
  'stability/log1p_small': ({ x }) => [log(add(1, x))],
  'stability/log_1m_sigmoid': ({ x }) => [log(sub(1, sigmoid(x)))],
  'stability/log_sigmoid': ({ x }) => [log(sigmoid(x))],
  'stability/log_user_sigmoid': ({ x }) => [log(div(1, add(1, exp(neg(x)))))],
  'stability/logaddexp_extreme': ({ x, y }) => [log(add(exp(x), exp(y)))],
  'stability/logsumexp_extreme': logOfSumOfExponentials,
  'stability/logsumexp_ninf': logOfSumOfExponentials,
  'stability/mul_div_cancel': ({ x, y }) => [div(mul(x, y), y)],
  'stability/pow_log_form': ({ x }) => [log(pow(x, 3))],
  'stability/switch_nan_unselected': ({ x }) => [where(gt(x, 0), log(x), 0)],
  'stability/tanh_saturation': ({ x }) => [tanh(x)],
  'stability/xlogx_switch': ({ x }) => [where(eq(x, 0), 0, mul(x, log(where(eq(x, 0), 1, x))))],
}
