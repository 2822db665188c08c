/**
 * Trains LeNet-5 on the MNIST digits inside WebAssembly: `node --import tsx examples/lenet/main.ts` after `npm run build`,
 * with the number of images to learn from (10,000) behind.
 */
import { testDigits, trainingDigits } from '../mnist/digits.ts'
import { countRight, learn, readAll } from '../mnist/learning.ts'
import { build } from './network.ts'

const digits = trainingDigits(Number(process.argv[2] ?? 10_000))
const network = await build()
await learn(network, digits, { epochs: 1, batchSize: 64, learningRate: 0.002 }, ({ seen, loss, imagesPerSecond }) => {
  if (seen % 1024 === 0 || seen === digits.count)
    console.log(`${seen} images seen, loss ${loss.toFixed(3)}, ${imagesPerSecond.toFixed(0)} images a second`)
})
const tested = testDigits()
console.log(`${countRight(await readAll(network, tested), tested)} of ${tested.count} test images right`)
