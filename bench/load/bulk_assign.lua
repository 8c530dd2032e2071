-- Bulk assignments of 100 opportunities, neighbours in the list or scattered over it.
-- Environment: IDS (a file of opportunity ids in list order), AGENTS (a file of user ids), PATTERN, BATCH; KEYS=1 sends
-- an idempotency key with each.
dofile(os.getenv("COMMON"))

local ids = lines(os.getenv("IDS"))
local agents = lines(os.getenv("AGENTS"))
local neighbours = os.getenv("PATTERN") == "neighbours"
local batch = tonumber(os.getenv("BATCH") or "100")
local keys = os.getenv("KEYS") == "1"
local run = os.getenv("SEED") .. "-" .. os.time()
local sent = 0

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
  if keys then
    sent = sent + 1
    headers["Idempotency-Key"] = run .. "-" .. sent
  end
  return wrk.format("POST", "/api/crm/opportunities/bulk-assign", headers, body)
end
