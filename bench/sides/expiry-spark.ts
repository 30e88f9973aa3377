// The same expiry by Spark, the second one of its JVM.
import { expiryFolder, keptExpiryFolder } from '../expiry.js'
import { reportPython } from '../python.js'
import { sideSettings } from '../settings.js'

const settings = sideSettings()
await reportPython('expire_with_spark.py', {
  warehouse: expiryFolder(settings),
  kept: keptExpiryFolder(settings),
})
