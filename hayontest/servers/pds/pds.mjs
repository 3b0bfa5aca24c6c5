// A personal data server. Its configuration is the JSON in HAYON_PDS, with the
// keys that PDS.fromEnv takes.
import { PDS } from '@atproto/pds'

const pds = await PDS.fromEnv(JSON.parse(process.env.HAYON_PDS))
await pds.start()

let stopping = false
async function stop() {
  if (stopping) return
  stopping = true
  await pds.destroy()
  process.exit(0)
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
// The parent holds the other end: when it dies, however it dies, so do we.
process.stdin.on('end', stop).on('error', stop).resume()
