/** A network that reads digits, as mathematics, and its compilation to a training step and a reader. */
import { argmax, compile, dim, matrix, relu, scalar, shared, softmax, type Tensor, vector, zeros } from 'damo'
import { type adam, categoricalCrossentropy, heUniform, rng, type sgd } from 'damo/nn'
import { Store } from 'damo/runtime'
import { wasm } from 'damo/wasm'

/** How a network looks and learns. */
export interface Plan {
  name: string
  /** Values in each layer, from the pixels to the ten figures. */
  sizes: readonly number[]
  rule: typeof sgd | typeof adam
}

/** Two compiled functions with one set of weights, and how many numbers those are. */
export type Network = Awaited<ReturnType<typeof build>>

/** Compiles the network: `train` does one step on a batch of any size, `read` says what each image shows. */
export async function build({ name, sizes, rule }: Plan) {
  const batch = dim('batch')
  const images = matrix('images', { dtype: 'uint8', shape: [batch, sizes[0]!] })
  const labels = vector('labels', { dtype: 'uint8', shape: [batch] })
  const learningRate = scalar('learningRate')

  const { logits, parameters } = layers(images.div(255), sizes)
  const probabilities = softmax(logits)
  const loss = categoricalCrossentropy(probabilities, labels).mean()

  // Both programs live in one memory, so `read` always sees what `train` has learned.
  const store = new Store()
  const train = await compile(
    {
      name: `${name}-training`,
      inputs: { images, labels, learningRate },
      outputs: { loss },
      updates: rule(loss, parameters, { learningRate }),
    },
    { target: wasm(), store },
  )
  const read = await compile(
    { name, inputs: { images }, outputs: { figures: argmax(logits, { axis: 1 }), probabilities } },
    // The artifact of this one has to give the same bits on every engine.
    { target: wasm({ numerics: 'reproducible' }), store },
  )
  return { train, read }
}

/** Full layers with a relu between them: their result, and their weights and biases. */
function layers(input: Tensor, sizes: readonly number[]): { logits: Tensor; parameters: Tensor[] } {
  const seed = rng(1)
  const parameters: Tensor[] = []
  let x = input
  for (let i = 1; i < sizes.length; i++) {
    const W = shared(heUniform([sizes[i - 1]!, sizes[i]!], { seed }), `W${i}`)
    const b = shared(zeros([sizes[i]!]), `b${i}`)
    parameters.push(W, b)
    x = (i > 1 ? relu(x) : x).matmul(W).add(b)
  }
  return { logits: x, parameters }
}
