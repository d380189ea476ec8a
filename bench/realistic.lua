-- What a user may well write: several detections in one file, with lists to
-- look names up in, a count per client, and one alert per finding.
local remote_access = { SSH = 22, RDP = 3389, VNC = 5900, Telnet = 23 }
local resolvers = { ["192.0.2.53"] = true, ["2001:db8::53"] = true }
local bad_endings = { "%.example%.zip$", "%.onion$", "^wpad%." }

queries = queries or {}

local function is_bad(name)
   for _, ending in ipairs(bad_endings) do
      if name:find(ending) then
         return true
      end
   end
   return false
end

local function look_at_dns(dns)
   local name = dns["protos.dns.last_query"]

   if flow.srv_port() == 53 and not resolvers[flow.srv()] then
      queries.other = (queries.other or 0) + 1
   end
   if not name then
      return
   end
   if #name > 100 then
      flow.triggerAlert(60, "a long name: " .. name)
   elseif is_bad(name) then
      flow.triggerAlert(120, "a name of the list: " .. name)
   end
   if dns["protos.dns.last_return_code"] == 3 then
      queries.failed = (queries.failed or 0) + 1
   end
end

local function look_at_tls(tls)
   if tls["protos.tls_version"] < 771 then
      flow.triggerAlert(50, "old TLS to " .. flow.srv())
   end
   if not tls["protos.tls.client_requested_server_name"] then
      flow.triggerAlert(20, "TLS without a name to " .. flow.srv())
   end
end

local name = flow.l7_proto_name()
local port = remote_access[name]

if port and flow.direction() == "remote2local" then
   flow.triggerAlert(150, name .. " from outside: " .. flow.cli())
elseif port and flow.srv_port() ~= port then
   flow.triggerAlert(40, name .. " on port " .. flow.srv_port())
end
if flow.bytes() > 1000000000 and flow.is_unicast() then
   flow.triggerAlert(30, "a large flow of " .. flow.cli())
end

local dns = flow.dns()
local tls = flow.tls_quic()

if dns then look_at_dns(dns) end
if tls then look_at_tls(tls) end
