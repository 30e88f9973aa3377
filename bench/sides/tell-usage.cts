// Loaded into a process before its program: as it ends, it tells on the fourth of its streams what it has used.
process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  const usage = { cpuMs: (userCPUTime + systemCPUTime) / 1000, peakBytes: maxRSS * 1024 }
  process.getBuiltinModule('node:fs').writeSync(3, JSON.stringify(usage))
})
