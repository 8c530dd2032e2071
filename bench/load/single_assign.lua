-- One assignment per request: what the bulk request replaces. Environment as in bulk_assign.lua.
local function lines(path)
  local out = {}
  for line in io.lines(path) do out[#out + 1] = line end
  return out
end

local ids = lines(os.getenv("IDS"))
local agents = lines(os.getenv("AGENTS"))
local neighbours = os.getenv("PATTERN") == "neighbours"
local headers = {
  ["Content-Type"] = "application/json",
  ["Authorization"] = "Bearer " .. os.getenv("TOKEN"),
}
local at = 0

function init()
  math.randomseed(tonumber(os.getenv("SEED") or "1"))
  at = math.random(1, #ids)
end

function request()
  at = neighbours and at % #ids + 1 or math.random(1, #ids)
  local body = '{"assigned_to_id":"' .. agents[math.random(1, #agents)] .. '"}'
  return wrk.format("POST", "/api/crm/opportunities/" .. ids[at] .. "/assign", headers, body)
end

function done(summary, latency)
  io.write(string.format("RESULT requests=%d micros=%d p50=%d p90=%d p99=%d max=%d errors=%d\n",
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(90), latency:percentile(99),
    latency.max, summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
