-- For tshark, what count_53.lua is for flowcheck: a look at each DNS packet and
-- a count of those to port 53.
local tap = Listener.new("dns")
local port = Field.new("udp.dstport")
local seen = 0

function tap.packet()
   local to = port()

   if to and to.value == 53 then
      seen = seen + 1
   end
end

function tap.draw()
   print(seen .. " queries to port 53")
end
