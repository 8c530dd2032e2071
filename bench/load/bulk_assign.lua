-- Bulk assignments of 100 opportunities, neighbours in the list or scattered over it.
-- Environment: TOKEN, IDS (a file of opportunity ids in list order), AGENTS (a file of user ids), PATTERN, BATCH.
local function lines(path)
  local out = {}
  for line in io.lines(path) do out[#out + 1] = line end
  return out
end

local ids = lines(os.getenv("IDS"))
local agents = lines(os.getenv("AGENTS"))
local neighbours = os.getenv("PATTERN") == "neighbours"
local batch = tonumber(os.getenv("BATCH") or "100")

local headers = {
  ["Content-Type"] = "application/json",
  ["Authorization"] = "Bearer " .. os.getenv("TOKEN"),
}

function init()
  math.randomseed(tonumber(os.getenv("SEED") or "1"))
end

function request()
  local picked, seen = {}, {}
  local start = math.random(1, #ids - batch)
  for i = 1, batch do
    local at = start + i
    if not neighbours then
      repeat at = math.random(1, #ids) until not seen[at]
      seen[at] = true
    end
    picked[i] = ids[at]
  end
  local body = '{"opportunity_ids":["' .. table.concat(picked, '","') .. '"],"assigned_to_id":"'
    .. agents[math.random(1, #agents)] .. '"}'
  return wrk.format("POST", "/api/crm/opportunities/bulk-assign", headers, body)
end

local failed = 0
function response(status)
  if status ~= 200 then failed = failed + 1 end
end

function done(summary, latency)
  io.write(string.format("RESULT requests=%d micros=%d p50=%d p90=%d p99=%d max=%d errors=%d\n",
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(90), latency:percentile(99),
    latency.max, summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
