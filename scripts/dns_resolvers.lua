--
-- DNS that goes to another server than your resolvers: malware that brings its
-- own, a misconfigured host, or a tunnel. Also anything on port 53 that is not
-- DNS at all.
--
local resolvers = {
   ["192.168.1.1"] = true,
   ["10.77.0.2"] = true,
   ["fd77::2"] = true,
}

local dns = flow.dns()

if dns and not resolvers[flow.srv()] and flow.is_unicast() then
   flow.triggerAlert(60, "DNS to " .. flow.srv() ..
      ", which is none of our resolvers: " .. (dns.query or "unknown query"))
elseif flow.srv_port() == 53 and not dns then
   flow.triggerAlert(90, flow.l7_proto_name() .. " on port 53 of " ..
      flow.srv())
end
