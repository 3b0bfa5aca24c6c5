// What both peers share: they read one JSON object a line, do what it says, and answer with one.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

export const config = JSON.parse(process.env.HAYON_PEER)

// body has as many bytes as the other programs send.
export const body = Buffer.alloc(config.bytes, 'x')

// serve answers until the parent closes its end, however that ends.
export async function serve(name, does) {
  console.log(JSON.stringify({ name: `${name} ${version(name)}, Node ${process.versions.node}` }))
  for await (const line of createInterface({ input: process.stdin })) {
    const order = JSON.parse(line)
    try {
      console.log(JSON.stringify(await does[order.do](order)))
    } catch (err) {
      console.log(JSON.stringify({ error: String(err?.stack ?? err) }))
    }
  }
  process.exit(0)
}

const version = name => JSON.parse(readFileSync(`node_modules/${name}/package.json`)).version

// flow calls send for a while with at most `window` calls unanswered, and tells how many were answered
// in which time.
export async function flow(window, ms, send) {
  const begin = performance.now()
  let count = 0
  const one = async () => {
    while (performance.now() - begin < ms) {
      await send()
      count++
    }
  }
  await Promise.all(Array.from({ length: window }, one))
  return { count, ms: performance.now() - begin }
}

// delays sends one message at a time, and tells how long each took until it was there.
export async function delays(count, pause, send) {
  const took = []
  for (let i = 0; i < count; i++) {
    took.push(await send())
    await new Promise(done => setTimeout(done, pause))
  }
  return { took }
}
