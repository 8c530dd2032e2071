-- One assignment per request: what the bulk request replaces. Environment as in bulk_assign.lua.
dofile(os.getenv("COMMON"))

local ids = lines(os.getenv("IDS"))
local agents = lines(os.getenv("AGENTS"))
local neighbours = os.getenv("PATTERN") == "neighbours"
local at = tonumber(os.getenv("SEED") or "1") * 7919 % #ids

function request()
  at = neighbours and at % #ids + 1 or math.random(1, #ids)
  local body = '{"assigned_to_id":"' .. agents[math.random(1, #agents)] .. '"}'
  return wrk.format("POST", "/api/crm/opportunities/" .. ids[at] .. "/assign", headers, body)
end
