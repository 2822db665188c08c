/**
 * LeNet-5 with relu and maxima (LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document recognition,
 * 1998): two convolutions, each pooled, and three full layers.
 */
import {
  add,
  argmax,
  compile,
  dim,
  dimshuffle,
  flatten,
  matrix,
  relu,
  reshape,
  scalar,
  shared,
  softmax,
  type Tensor,
  vector,
  zeros,
} from 'damo'
import { adam, conv2d, heUniform, type PaddingOption, pool2d, rng, softmaxCategoricalCrossentropy } from 'damo/nn'
import { Store } from 'damo/runtime'
import { wasm } from 'damo/wasm'

type Images = Tensor<'float32', 4>

/** A training step and a reader with one set of weights, for batches of any size. */
export async function build() {
  const batch = dim('batch')
  const pixels = matrix('images', { dtype: 'uint8', shape: [batch, 784] })
  const labels = vector('labels', { dtype: 'uint8', shape: [batch] })
  const learningRate = scalar('learningRate')
  const images = reshape(pixels.div(255), [batch, 1, 28, 28]) as Images
  const { logits, parameters } = layers(images)
  const loss = softmaxCategoricalCrossentropy(logits, labels).mean()

  const options = { target: wasm(), store: new Store() }
  const updates = adam(loss, parameters, { learningRate })
  const inputs = { images: pixels, labels, learningRate }
  const train = await compile({ name: 'lenet-training', inputs, outputs: { loss }, updates }, options)
  const outputs = { figures: argmax(logits, { axis: 1 }), probabilities: softmax(logits) }
  const read = await compile({ name: 'lenet', inputs: { images: pixels }, outputs }, options)
  return { train, read }
}

/** The network from images to the logits of ten figures, and its weights and biases. */
export function layers(images: Images): { logits: Tensor; parameters: Tensor[] } {
  const seed = rng(1)
  const parameters: Tensor[] = []

  /** Convolution with a bias for each channel, relu, and the largest of every two by two. */
  const convolved = (x: Images, name: string, filters: [number, number, number, number], padding: PaddingOption) => {
    const W = shared(heUniform(filters, { seed }), `W${name}`) as Images
    const b = shared(zeros([filters[0]]), `b${name}`)
    parameters.push(W, b)
    return pool2d(relu(add(conv2d(x, W, { padding }), dimshuffle(b, 'x', 0, 'x', 'x'))), 2) as Images
  }
  const full = (x: Tensor, name: string, sizes: [number, number]): Tensor => {
    const W = shared(heUniform(sizes, { seed }), `W${name}`)
    const b = shared(zeros([sizes[1]]), `b${name}`)
    parameters.push(W, b)
    return add(x.matmul(W), b)
  }

  const small = convolved(images, '1', [6, 1, 5, 5], 'half')
  const smaller = convolved(small, '2', [16, 6, 5, 5], 'valid')
  const hidden = relu(full(flatten(smaller, 2), '3', [400, 120]))
  const logits = full(relu(full(hidden, '4', [120, 84])), '5', [84, 10])
  return { logits, parameters }
}
