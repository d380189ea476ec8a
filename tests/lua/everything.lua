-- SPDX-License-Identifier: GPL-3.0-or-later
-- An alert of a hook with all that a script can see of the flow, but for nDPI's numbers,
-- which differ between its versions.
local function describe(name, fields)
   if not fields then
      return name .. "=nil"
   end
   local parts = {}
   for key, value in pairs(fields) do
      parts[#parts + 1] = key .. "=" .. tostring(value)
   end
   table.sort(parts)
   return name .. "{" .. table.concat(parts, " ") .. "}"
end

flow.triggerAlert(flow.is_oneway() and 20 or 10, table.concat({
   "HOOK:", flow.cli(), flow.cli_port(), flow.srv(), flow.srv_port(), flow.protocol(),
   flow.vlan_id(), tostring(flow.is_oneway()), tostring(flow.is_unicast()),
   flow.cli2srv_bytes(), flow.srv2cli_bytes(), flow.bytes(),
   ("%.6f"):format(flow.first_seen()), ("%.6f"):format(flow.last_seen()),
   os.time(), os.date("!%FT%T"),
   flow.l7_proto_name(), flow.direction(),
   describe("http", flow.http()), describe("dns", flow.dns()),
   describe("ssh", flow.ssh()), describe("tls_quic", flow.tls_quic()),
}, " "))
