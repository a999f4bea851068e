import { limits } from '../../shared/limits.ts'
import { configure, loadDriver } from './connection.ts'

/** What compact.ts starts: `compact-process.ts <database file>`. */

const [path = ''] = process.argv.slice(2)
const Driver = await loadDriver()
const database = new Driver(path, { fileMustExist: true, timeout: limits.storeBusy })
configure(database)
database.exec('vacuum')
// Apart from the next step, for which whoever writes has to wait.
database.pragma('wal_checkpoint(passive)')
database.pragma('wal_checkpoint(truncate)')
database.close()
