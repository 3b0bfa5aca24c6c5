// BullMQ, whose queue is in a Redis.
import { Queue, Worker } from 'bullmq'
import { body, config, delays, flow, serve } from './serve.mjs'

const { hostname: host, port } = new URL(config.url)
const connection = { host, port: Number(port), maxRetriesPerRequest: null }
const queue = new Queue('hayon', { connection, defaultJobOptions: { removeOnComplete: true } })
await queue.waitUntilReady()
const data = { body: body.toString() }
const add = () => queue.add('hint', data)

// filledAtOnce is how many jobs one call adds.
const filledAtOnce = 1000

// working hands each job to `work` while `during` runs.
async function working(concurrency, work, during) {
  const worker = new Worker('hayon', work, { connection, concurrency })
  try {
    await worker.waitUntilReady()
    return await during(worker)
  } finally {
    await worker.close()
  }
}

await serve('bullmq', {
  async publish({ window, ms }) {
    const done = await flow(window, ms, add)
    await queue.drain()
    return done
  },

  async fill({ count }) {
    for (let left = count; left > 0; left -= filledAtOnce) {
      const jobs = Array.from({ length: Math.min(left, filledAtOnce) }, () => ({ name: 'hint', data }))
      await queue.addBulk(jobs)
    }
    return {}
  },

  consume({ prefetch, count }) {
    let [n, begin] = [0, 0]
    return working(prefetch, async () => { begin ||= performance.now() }, worker => new Promise((resolve, reject) => {
      worker.on('error', reject)
      worker.on('completed', () => {
        if (++n === count) resolve({ count: n, ms: performance.now() - begin })
      })
    }))
  },

  latency({ count, pause }) {
    let arrived
    return working(1, async () => arrived(performance.now()), () => delays(count, pause, async () => {
      const at = new Promise(resolve => { arrived = resolve })
      const begin = performance.now()
      await add()
      return await at - begin
    }))
  },
})
