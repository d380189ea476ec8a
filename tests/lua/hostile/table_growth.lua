-- a table that grows [expect: memory|timeout]
t = {} while true do t[#t + 1] = {} end
