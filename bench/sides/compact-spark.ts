// The same compaction by Spark, the second one of its JVM.
import { smallFilesFolder } from '../compactions.js'
import { reportPython } from '../python.js'
import { sideSettings } from '../settings.js'

const settings = sideSettings()
await reportPython('compact_with_spark.py', {
  warehouse: smallFilesFolder(settings),
  order: settings.variant === 'sort' ? 'fare' : null,
})
