// A PLC directory in memory. It outlives every restart of the PDS, because the
// DIDs of all accounts are lost with it.
import plc from '@did-plc/server'

const server = plc.PlcServer.create({
  db: plc.Database.mock(),
  port: Number(process.env.HAYON_PORT),
})
await server.start()

let stopping = false
async function stop() {
  if (stopping) return
  stopping = true
  await server.destroy()
  process.exit(0)
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
// The parent holds the other end: when it dies, however it dies, so do we.
process.stdin.on('end', stop).on('error', stop).resume()
