-- [expect: timeout] the collision comes while an error closes a variable
local t = {}
for i = 1, 32700 do t[i * 65535] = true end
local c <close> = setmetatable({}, { __close = function()
   for i = 32701, 32769 do t[i * 65535] = true end
end })
os.date("%Ez")
