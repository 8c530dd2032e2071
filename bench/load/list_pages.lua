-- List pages: any filter, sort and search, page 1 to the last. Environment: TOKEN, AGENTS, TOTAL (rows in the list).
local function lines(path)
  local out = {}
  for line in io.lines(path) do out[#out + 1] = line end
  return out
end

local agents = lines(os.getenv("AGENTS"))
local total = tonumber(os.getenv("TOTAL"))
local headers = { ["Authorization"] = "Bearer " .. os.getenv("TOKEN") }
local sorts = { "detected_at", "opportunity_score", "priority", "created_at" }
local statuses = { "pending", "assigned", "contacted", "converted", "expired", "lost" }
local priorities = { "low", "medium", "high", "urgent" }
local searches = { "garcia", "ana", "MARÍA", "madrid", "lopez", "600", "jos", "zz", "fern" }
local only = os.getenv("KIND")

local function pick(list) return list[math.random(1, #list)] end

local kinds = {
  first = function() return "" end,
  page = function() return "&page=" .. math.random(1, math.floor(total / 50)) end,
  last = function() return "&page=" .. math.floor(total / 50) end,
  status = function() return "&status=" .. pick(statuses) .. "&page=" .. math.random(1, 100) end,
  agent = function() return "&assigned_to=" .. pick(agents) .. "&page=" .. math.random(1, 20) end,
  free = function() return "&assigned_to=none&page=" .. math.random(1, 200) end,
  priority = function() return "&priority=" .. pick(priorities) .. "&page=" .. math.random(1, 50) end,
  score = function() return "&min_score=" .. math.random(0, 100) .. "&page=" .. math.random(1, 20) end,
  search = function() return "&search=" .. pick(searches) end,
  attempts = function() return "&attempts_left=true&status=assigned" end,
}
local names = {}
for name in pairs(kinds) do names[#names + 1] = name end
table.sort(names)

function init()
  math.randomseed(tonumber(os.getenv("SEED") or "1"))
end

function request()
  local kind = only ~= "" and only or pick(names)
  local order = math.random(1, 2) == 1 and "asc" or "desc"
  local query = "?limit=50&sort_by=" .. pick(sorts) .. "&sort_order=" .. order .. kinds[kind]()
  return wrk.format("GET", "/api/crm/opportunities" .. query, headers)
end

function done(summary, latency)
  io.write(string.format("RESULT requests=%d micros=%d p50=%d p90=%d p99=%d max=%d errors=%d\n",
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(90), latency:percentile(99),
    latency.max, summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
