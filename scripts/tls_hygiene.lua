--
-- TLS as it should no longer be: an old version, a client that does not say
-- which server it wants (scanners and malware seldom do), a certificate that
-- had ended when it was used: os.time() is the time of the packets. Most servers
-- hide the certificate from TLS 1.3 on.
--
local versions = { [0x0300] = "SSL 3.0", [0x0301] = "TLS 1.0",
                   [0x0302] = "TLS 1.1" }

local tls = flow.tls_quic()

if tls then
   local to = (tls.sni or flow.srv()) .. ":" .. flow.srv_port()

   if versions[tls.version] then
      flow.triggerAlert(70, versions[tls.version] .. " to " .. to)
   end
   if not tls.sni and flow.direction() == "local2remote" then
      flow.triggerAlert(30, "TLS without a server name to " .. to)
   end
   if tls.not_after and tls.not_after < os.time() then
      flow.triggerAlert(60, "the certificate of " .. to .. " ended on " ..
         os.date("!%Y-%m-%d", tls.not_after))
   end
end
