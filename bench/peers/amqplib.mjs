// amqplib on the same exchange and queue as the others.
import amqp from 'amqplib'
import { body, config, delays, flow, serve } from './serve.mjs'

const connections = { out: await amqp.connect(config.url), in: await amqp.connect(config.url) }
const out = await connections.out.createConfirmChannel()
let published = 0
let returned = null
out.on('return', m => { returned = new Error(`no queue takes ${m.fields.routingKey}`) })

function publish() {
  return new Promise((resolve, reject) => {
    out.publish(config.exchange, config.key, body, {
      persistent: true, mandatory: true, type: config.type, messageId: `amqplib:${published++}`,
      timestamp: Math.floor(Date.now() / 1000), headers: { [config.header]: 1 },
    }, err => err || returned ? reject(err ?? returned) : resolve())
  })
}

// consuming hands each message to `got` while `during` runs.
async function consuming(prefetch, got, during) {
  const ch = await connections.in.createChannel()
  await ch.prefetch(prefetch)
  await ch.consume(config.queue, m => { got(m); ch.ack(m) })
  try {
    return await during()
  } finally {
    await ch.close()
  }
}

await serve('amqplib', {
  publish: ({ window, ms }) => flow(window, ms, publish),

  consume({ prefetch, count }) {
    let [n, begin] = [0, 0]
    let end
    const all = new Promise(resolve => { end = resolve })
    return consuming(prefetch, () => {
      if (n++ === 0) begin = performance.now()
      if (n === count) end({ count: n - 1, ms: performance.now() - begin })
    }, () => all)
  },

  latency({ count, pause }) {
    let arrived
    return consuming(1, () => arrived(performance.now()), () => delays(count, pause, async () => {
      const at = new Promise(resolve => { arrived = resolve })
      const begin = performance.now()
      const confirmed = publish()
      const took = await at - begin
      await confirmed
      return took
    }))
  },
})
