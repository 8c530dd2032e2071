-- What every load has in common. Environment: TOKEN, SEED, and COMMON (this file).

function lines(path)
  local out = {}
  for line in io.lines(path) do out[#out + 1] = line end
  return out
end

headers = {
  ["Content-Type"] = "application/json",
  ["Authorization"] = "Bearer " .. os.getenv("TOKEN"),
}

function init()
  math.randomseed(tonumber(os.getenv("SEED") or "1"))
end

function done(summary, latency)
  io.write(string.format("RESULT requests=%d micros=%d p50=%d p90=%d p99=%d max=%d errors=%d\n",
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(90), latency:percentile(99),
    latency.max, summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
