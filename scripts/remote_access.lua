--
-- Remote access: from outside to one of our hosts it is an intrusion or a hole
-- in the firewall; on a port that is not its own it hides; in clear text it
-- gives the password away.
--
local ports = { SSH = 22, RDP = 3389, VNC = 5900, Telnet = 23 }
local score_from_outside = { SSH = 60, RDP = 150, VNC = 150, Telnet = 180 }

local name = flow.l7_proto_name()
local port = ports[name]

if port then
   local to = flow.srv() .. ":" .. flow.srv_port()

   if flow.direction() == "remote2local" then
      flow.triggerAlert(score_from_outside[name],
         name .. " from outside: " .. flow.cli() .. " to " .. to)
   end
   if flow.srv_port() ~= port then
      flow.triggerAlert(40, name .. " on an unusual port: " .. to)
   end
   if name == "Telnet" then
      flow.triggerAlert(80, "passwords in clear text: Telnet to " .. to)
   end
end
