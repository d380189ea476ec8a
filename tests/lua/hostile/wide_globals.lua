-- [expect: ok|timeout] each line of a traceback could walk all globals
if not filled then
   for i = 1, 131072 do _G[i] = 1 end
   filled = true
   return
end
local function deep(n)
   if n == 0 then while true do end end
   deep(n - 1)
   return n
end
deep(40)
