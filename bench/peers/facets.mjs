// The official library of AT Protocol on the same texts: what in them is a link, a mention or a tag.
import { readFileSync } from 'node:fs'
import { RichText } from '@atproto/api'
import { config, serve } from './serve.mjs'

const texts = JSON.parse(readFileSync(config.url, 'utf8'))
const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)

function facets(text) {
  const rich = new RichText({ text })
  rich.detectFacetsWithoutResolution()
  return rich.facets?.length ?? 0
}

await serve('@atproto/api', {
  // find goes over all texts for a while, and tells how many bytes they had.
  find({ ms }) {
    const begin = performance.now()
    let count = 0
    while (performance.now() - begin < ms) {
      texts.forEach(facets)
      count += bytes
    }
    return { count, ms: performance.now() - begin }
  },

  // total is how many it finds.
  total: () => ({ count: texts.reduce((sum, text) => sum + facets(text), 0), ms: 1000 }),
})
