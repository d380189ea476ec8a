-- [expect: timeout|memory] a mode that is set behind setmetatable's back
local n, keys, mode = 20000, {}, {}
for i = 1, n do keys[i] = function() end end
for i = n, 2, -1 do
   local j = math.random(i)
   keys[i], keys[j] = keys[j], keys[i]
end
local weak = setmetatable({}, mode)
mode["__" .. "mode"] = "k"
for i = 1, n - 1 do weak[keys[i]] = keys[i + 1] end
first, kept, keys = keys[1], weak, nil
while true do local garbage = {} end
