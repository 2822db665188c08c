/** Pooling of images and volumes. */
import { type PoolMode, pool2d, pool3d } from 'damo/nn'
import type { Translation, Translations } from './case.ts'

/** Theano's modes in damo's words. */
const modes: Readonly<Record<string, PoolMode>> = {
  max: 'max',
  sum: 'sum',
  average_inc_pad: 'averageIncPad',
  average_exc_pad: 'averageExcPad',
}

const pooled: Translation = ({ x }, { ws = [], stride = ws, pad = [0, 0], ignore_border = true, mode = 'max' }) => [
  pool2d(x, ws, { stride, padding: pad, ignoreBorder: ignore_border, mode: modes[mode]! }),
]

export const pool: Translations = {
  'pool/average_exc_pad_ws2x2_st2x2_pad00_noib': pooled,
  'pool/average_exc_pad_ws2x2_st3x3_pad00_noib': pooled,
  'pool/average_exc_pad_ws3x2_st1x2_pad00_ib': pooled,
  'pool/average_exc_pad_ws3x3_st2x2_pad00_ib': pooled,
  'pool/average_inc_pad_ws2x2_st2x2_pad00_ib': pooled,
  'pool/average_inc_pad_ws3x2_st1x2_pad00_ib': pooled,
  'pool/average_inc_pad_ws3x3_st2x2_pad00_ib': pooled,
  'pool/max_neg_padding': ({ x }) => [pool2d(x, 2, { padding: 1 })],
  'pool/max_ties': ({ x }) => [pool2d(x, 2)],
  'pool/max_ws2x2_st2x2_pad00_ib': pooled,
  'pool/max_ws2x2_st3x3_pad00_noib': pooled,
  'pool/max_ws3x2_st1x2_pad00_ib': pooled,
  'pool/max_ws3x3_st2x2_pad00_noib': pooled,
  'pool/max_ws3x3_st2x2_pad11_ib': pooled,
  'pool/pool3d_max': ({ x }) => [pool3d(x, 2)],
  'pool/sum_ws2x2_st2x2_pad00_ib': pooled,
  'pool/sum_ws2x3_st2x1_pad10_ib': pooled,
  'pool/sum_ws3x3_st2x2_pad11_ib': pooled,
}
