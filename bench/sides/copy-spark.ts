// The same copy by Spark, the second one of its JVM.
import { reportPython } from '../python.js'
import { sideSettings } from '../settings.js'
import { sortFolder } from '../sorts.js'

await reportPython('with_spark.py', { warehouse: sortFolder('source', sideSettings()) })
