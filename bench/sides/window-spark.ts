// The same window by Spark, the second one of its JVM.
import { reportPython } from '../python.js'
import { sideSettings } from '../settings.js'
import { sourceFolder, windowTexts } from '../windows.js'

const [start, end] = windowTexts()
await reportPython('window_with_spark.py', {
  warehouse: sourceFolder(sideSettings()),
  start,
  end,
})
