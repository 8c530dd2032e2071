-- Random assignments of 20. Environment as in bulk_assign.lua.
dofile(os.getenv("COMMON"))

local agents = lines(os.getenv("AGENTS"))

function request()
  local body = '{"assigned_to_id":"' .. agents[math.random(1, #agents)] .. '","count":20}'
  return wrk.format("POST", "/api/crm/opportunities/assign-random", headers, body)
end
