-- [expect: timeout] 32,769 keys move to one chain of a table in one assignment
local t = {}
for i = 1, 32769 do t[i * 65535] = true end
