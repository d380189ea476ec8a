-- [expect: memory|timeout] a VM that was made anew must be watched as well
if flow.cli_port() % 2 == 1 then
   local t = {}
   hold = t
   for i = 1, 1e9 do t[i] = {} end
end
while true do end
