-- List pages: any filter, sort and search, page 1 to the last. Environment: TOKEN, AGENTS, TOTAL (rows in the list).
dofile(os.getenv("COMMON"))

local agents = lines(os.getenv("AGENTS"))
local total = tonumber(os.getenv("TOTAL"))
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
-- Page after page by cursor, in one order, of what has a status; from the start again at the end.
local following = ""
kinds.cursor = function() return "&status=assigned" .. (following ~= "" and "&cursor=" .. following or "") end
local names = {}
for name in pairs(kinds) do if name ~= "cursor" then names[#names + 1] = name end end
table.sort(names)

if only == "cursor" then
  sorts = { "detected_at" }
  function response(_, _, body)
    following = body:match('"next_cursor":"([^"]+)"') or ""
  end
end

function request()
  local kind = only ~= "" and only or pick(names)
  local order = (only == "cursor" or math.random(1, 2) == 1) and "desc" or "asc"
  local query = "?limit=50&sort_by=" .. pick(sorts) .. "&sort_order=" .. order .. kinds[kind]()
  return wrk.format("GET", "/api/crm/opportunities" .. query, headers)
end
