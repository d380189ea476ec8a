-- [expect: timeout] the same with numbers that are not whole
local t = {}
for i = 1, 32769 do
   local low = i <= 16382
   local bits = low and (16384 + i) * 65535 or (i + 2) * 65535 + 1
   t[low and bits / 0x1p31 or bits / 0x1p32] = true
end
